using System.Text;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

/// <summary>What both the real directory and its twin do; whoever runs on one runs on the other.</summary>
public abstract class StorageDirectoryContract
{
    protected abstract IStorageDirectory Root { get; }

    [Fact]
    public void What_is_written_is_read_back_from_a_new_handle()
    {
        Put("a", "hello world");

        using var file = Root.Open("a");
        var buffer = new byte[5];

        Assert.Equal(5, file.Read(buffer, 6));
        Assert.Equal("world", Encoding.ASCII.GetString(buffer));
        Assert.Equal(11, file.Length);
        Assert.Equal(11, Root.GetLength("a"));
    }

    [Fact]
    public void A_read_is_short_only_at_the_end_and_empty_past_it()
    {
        Put("a", "hello");

        using var file = Root.Open("a");
        var buffer = new byte[10];

        Assert.Equal(2, file.Read(buffer, 3));
        Assert.Equal(0, file.Read(buffer, 5));
        Assert.Equal(0, file.Read(buffer, 500));
        Assert.Equal(0, file.Read([], 0));
    }

    [Fact]
    public void A_write_may_replace_extend_and_leave_a_hole_of_zeros()
    {
        using var file = Root.Create("a");
        file.Write("hello"u8, 0);
        file.Write("J"u8, 0);
        file.Write("!"u8, 7);
        file.Write([], 100);

        Assert.Equal("Jello\0\0!", Text("a"));
    }

    [Fact]
    public void A_large_write_arrives_whole()
    {
        var data = new byte[3_000_001];
        new Random(1).NextBytes(data);
        using var file = Root.Create("a");
        file.Write(data, 13);

        var read = new byte[data.Length];
        Assert.Equal(read.Length, file.Read(read, 13));
        Assert.Equal(data, read);
    }

    [Fact]
    public void Creating_what_exists_fails_and_leaves_it_alone()
    {
        Put("a", "old");

        AssertFails(StorageError.Exists, () => Root.Create("a"));
        Assert.Equal("old", Text("a"));
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        AssertFails(StorageError.NotFound, () => Root.Open("a"));
        AssertFails(StorageError.NotFound, () => Root.Open("a", writable: true));
        AssertFails(StorageError.NotFound, () => Root.GetLength("a"));
        AssertFails(StorageError.NotFound, () => Root.Rename("a", "b"));
    }

    [Fact]
    public void An_error_names_the_path()
    {
        var failure = Assert.Throws<StorageException>(() => Root.Open("missing"));
        Assert.Contains($"{Root.Location.TrimEnd('/')}/missing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deleting_what_is_not_there_is_fine()
    {
        Root.Delete("a");
        Put("a", "x");
        Root.Delete("a");
        Root.Delete("a");
        Assert.Empty(Root.ListFiles());
    }

    [Fact]
    public void A_rename_replaces_and_an_open_handle_follows_its_file()
    {
        Put("a", "new");
        Put("b", "old");
        using var a = Root.Open("a", writable: true);
        using var b = Root.Open("b");

        Root.Rename("a", "b");
        a.Write("NEW"u8, 0);

        Assert.Equal("NEW", Text("b"));
        Assert.Equal("old", Text(b));
        Assert.Equal(["b"], Root.ListFiles());
    }

    [Fact]
    public void Renaming_a_file_to_itself_changes_nothing()
    {
        Put("a", "x");
        Root.Rename("a", "a");
        Assert.Equal("x", Text("a"));
    }

    [Fact]
    public void A_deleted_file_lives_on_in_its_handles()
    {
        Put("a", "old");
        using var deleted = Root.Open("a", writable: true);

        Root.Delete("a");
        Put("a", "new");
        deleted.Write("!"u8, 3);

        Assert.Equal("old!", Text(deleted));
        Assert.Equal("new", Text("a"));
    }

    [Fact]
    public void Truncating_cuts_and_what_grows_again_is_zeros()
    {
        using var file = Root.Create("a");
        file.Write("hello world"u8, 0);

        file.Truncate(5);
        Assert.Equal("hello", Text("a"));

        file.Truncate(7);
        Assert.Equal("hello\0\0", Text("a"));
    }

    [Fact]
    public void Preallocating_grows_with_zeros_and_never_shrinks()
    {
        using var file = Root.Create("a");
        file.Write("hello"u8, 0);

        file.Preallocate(8);
        Assert.Equal("hello\0\0\0", Text("a"));

        file.Preallocate(2);
        Assert.Equal(8, file.Length);
    }

    [Fact]
    public void Syncing_needs_no_more_than_a_handle()
    {
        Put("a", "x");
        using var file = Root.Open("a");
        file.Sync();
        Root.Sync();
    }

    [Fact]
    public void Lists_tell_files_from_directories_and_leave_out_no_dot_file()
    {
        Put("a", "");
        Put(".hidden", "");
        Root.OpenDirectory("d");

        Assert.Equal([".hidden", "a"], Root.ListFiles().Order(StringComparer.Ordinal));
        Assert.Equal(["d"], Root.ListDirectories());
    }

    [Fact]
    public void A_subdirectory_has_names_of_its_own_and_opens_again_as_it_was()
    {
        Put("a", "outer");
        var inner = Root.OpenDirectory("d");
        inner.Create("a").Dispose();
        inner.OpenDirectory("deeper");

        Assert.Equal(["a"], Root.OpenDirectory("d").ListFiles());
        Assert.Equal(["deeper"], Root.OpenDirectory("d").ListDirectories());
        Assert.Equal("outer", Text("a"));
        Assert.Equal($"{Root.Location.TrimEnd('/')}/d", inner.Location);
    }

    [Fact]
    public void A_file_is_no_directory()
    {
        Put("a", "");
        AssertFails(StorageError.Io, () => Root.OpenDirectory("a"));
    }

    [Fact]
    public void A_file_never_takes_the_name_of_a_directory()
    {
        Put("a", "");
        Root.OpenDirectory("d");

        AssertFails(StorageError.NotAFile, () => Root.Rename("a", "d"));
        AssertFails(StorageError.NotAFile, () => Root.Open("d"));
        AssertFails(StorageError.Exists, () => Root.Create("d"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData("a\0b")]
    public void A_name_that_could_lead_elsewhere_is_a_bug(string name)
    {
        Assert.Throws<ArgumentException>(() => Root.Create(name));
        Assert.Throws<ArgumentException>(() => Root.Open(name));
        Assert.Throws<ArgumentException>(() => Root.GetLength(name));
        Assert.Throws<ArgumentException>(() => Root.Rename("a", name));
        Assert.Throws<ArgumentException>(() => Root.Rename(name, "a"));
        Assert.Throws<ArgumentException>(() => Root.Delete(name));
        Assert.Throws<ArgumentException>(() => Root.OpenDirectory(name));
    }

    [Fact]
    public void A_handle_for_reading_refuses_to_write()
    {
        Put("a", "x");
        using var file = Root.Open("a");

        Assert.Throws<InvalidOperationException>(() => file.Write("y"u8, 0));
        Assert.Throws<InvalidOperationException>(() => file.Truncate(0));
        Assert.Throws<InvalidOperationException>(() => file.Preallocate(10));
        Assert.Equal("x", Text("a"));
    }

    [Fact]
    public void A_handle_may_be_disposed_twice_but_not_used_after_it()
    {
        var file = Root.Create("a");
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Length);
        Assert.Throws<ObjectDisposedException>(() => file.Write("y"u8, 0));
        Assert.Throws<ObjectDisposedException>(() => file.Read(new byte[1], 0));
        Assert.Throws<ObjectDisposedException>(file.Sync);
    }

    [Fact]
    public void Free_space_is_part_of_the_total()
    {
        var (free, total) = Root.GetSpace();
        Assert.InRange(free, 1, total);
    }

    protected void Put(string name, string text)
    {
        using var file = Root.Create(name);
        file.Write(Encoding.ASCII.GetBytes(text), 0);
    }

    protected string Text(string name)
    {
        using var file = Root.Open(name);
        return Text(file);
    }

    protected static void AssertFails(StorageError error, Action action) =>
        Assert.Equal(error, Assert.Throws<StorageException>(action).Error);

    private static string Text(IStorageFile file)
    {
        var bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(bytes, 0));
        return Encoding.ASCII.GetString(bytes);
    }
}
