using System.Runtime.Versioning;
using Collector.ObjectStores.FileSystem;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Upload;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.ObjectStores.Tests.FileSystem;

[SupportedOSPlatform("linux")]
public sealed class FileSystemObjectStoreTests : ObjectStoreContract, IAsyncLifetime
{
    private readonly string _sandbox = Directory.CreateTempSubdirectory("store-").FullName;
    private readonly string _root;

    public FileSystemObjectStoreTests()
    {
        _root = Directory.CreateDirectory($"{_sandbox}/root").FullName;
        Store = new FileSystemObjectStore(_root + "/");
    }

    protected override IObjectStore Store { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_sandbox, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("a/..")]
    [InlineData("./a")]
    [InlineData("/outside")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    public async Task A_key_that_leads_elsewhere_or_nowhere_is_rejected(string key)
    {
        Assert.Equal(PutStatus.Rejected, (await PutAsync(key, "x"u8.ToArray())).Status);
        Assert.Equal([_root], Directory.EnumerateFileSystemEntries(_sandbox));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public async Task A_segment_that_no_file_system_takes_is_rejected_with_what_to_change()
    {
        var result = await PutAsync($"{new string('a', 256)}/x", "x"u8.ToArray());

        Assert.Equal(PutStatus.Rejected, result.Status);
        Assert.EndsWith("File name too long; shorten keyPrefix", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_where_the_key_needs_a_directory_rejects_it()
    {
        await PutAsync("a", "x"u8.ToArray());

        Assert.Equal(PutStatus.Rejected, (await PutAsync("a/b", "x"u8.ToArray())).Status);
        Assert.Equal(PutStatus.Rejected, (await PutAsync("a/b/c", "x"u8.ToArray())).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_where_the_object_belongs_rejects_it(bool onlyIfAbsent)
    {
        await PutAsync("a/b", "x"u8.ToArray());

        Assert.Equal(PutStatus.Rejected, (await PutAsync("a", "x"u8.ToArray(), onlyIfAbsent)).Status);
        Assert.Equal(["a/b"], ListEverything());
    }

    [Fact]
    public async Task A_missing_root_is_waited_for_and_never_created()
    {
        Directory.Delete(_root);

        foreach (var result in new[] { await PutAsync("a", "x"u8.ToArray()), await Store.ProbeAsync(CancellationToken.None) })
        {
            Assert.Equal(PutStatus.Unavailable, result.Status);
            Assert.Equal($"store.path {_root} does not exist; mount or create it, because the collector never creates it", result.Message);
        }

        Assert.False(Directory.Exists(_root));
    }

    [Fact]
    public async Task A_root_that_is_a_file_is_unavailable()
    {
        Directory.Delete(_root);
        await File.WriteAllTextAsync(_root, "");

        Assert.Equal(PutStatus.Unavailable, (await PutAsync("a", "x"u8.ToArray())).Status);
    }

    /// <summary>Not even root may create files in sysfs.</summary>
    [Fact]
    public async Task A_root_without_write_access_is_unavailable()
    {
        await using var store = new FileSystemObjectStore("/sys");

        var put = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);
        Assert.Equal(PutStatus.Unavailable, put.Status);
        Assert.EndsWith("; mount it writable and give the collector's user write access", put.Message, StringComparison.Ordinal);
        Assert.Equal(PutStatus.Unavailable, (await store.ProbeAsync(CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData(Errno.NoSpace, PutStatus.Unavailable)]
    [InlineData(Errno.QuotaExceeded, PutStatus.Unavailable)]
    [InlineData(Errno.ReadOnlyFileSystem, PutStatus.Unavailable)]
    [InlineData(Errno.PermissionDenied, PutStatus.Unavailable)]
    [InlineData(Errno.TooManyFiles, PutStatus.Unavailable)]
    [InlineData(5, PutStatus.Unavailable)]
    [InlineData(Errno.NameTooLong, PutStatus.Rejected)]
    [InlineData(Errno.NotADirectory, PutStatus.Rejected)]
    [InlineData(Errno.FileTooLarge, PutStatus.Rejected)]
    public void A_failure_is_a_result_that_names_operation_path_and_remedy(int errno, PutStatus expected)
    {
        var result = FileSystemFailures.ToResult(Errno.ToException(errno, "write", "/data/x"));

        Assert.Equal(expected, result.Status);
        Assert.Matches("^write /data/x: .+; .+", result.Message);
    }

    /// <summary>The process died between the link and the removal of the temporary name.</summary>
    [Fact]
    public async Task What_a_crash_left_under_the_temporary_name_goes_with_the_next_attempt()
    {
        await PutAsync("logs/a", "x"u8.ToArray());
        File.Copy($"{_root}/logs/a", TemporaryOf("logs/a"));

        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal(["logs/a"], ListEverything());
    }

    /// <summary>The process died while it was copying.</summary>
    [Fact]
    public async Task Half_an_object_under_the_temporary_name_is_replaced_by_the_next_attempt()
    {
        Directory.CreateDirectory($"{_root}/logs");
        await File.WriteAllTextAsync(TemporaryOf("logs/a"), "half of something much longer");

        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal("x"u8.ToArray(), Read("logs/a"));
        Assert.Equal(["logs/a"], ListEverything());
    }

    [Fact]
    public async Task Directories_that_were_deleted_behind_its_back_are_made_again()
    {
        await PutAsync("a/b/c", "x"u8.ToArray());
        Directory.Delete($"{_root}/a", recursive: true);

        Assert.Equal(PutStatus.Stored, (await PutAsync("a/b/c", "x"u8.ToArray())).Status);
        Assert.Equal(["a/b/c"], ListEverything());
    }

    [Fact]
    public async Task A_second_attempt_while_the_first_is_still_copying_is_a_conflict()
    {
        var second = default(PutResult);
        var item = Item("a", "x"u8.ToArray()) with
        {
            OpenBody = () =>
            {
                second = PutAsync("a", "x"u8.ToArray()).GetAwaiter().GetResult();
                return new MemoryStream("x"u8.ToArray());
            },
        };

        Assert.Equal(PutStatus.Stored, (await Store.PutAsync(item, CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Conflict, second.Status);
    }

    [Fact]
    public async Task A_body_of_another_length_than_announced_is_a_bug_and_stores_nothing()
    {
        var item = Item("a", "x"u8.ToArray()) with { Length = 2 };

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.PutAsync(item, CancellationToken.None));
        Assert.Empty(ListEverything());
    }

    [Fact]
    public async Task Objects_are_for_everyone_to_read_and_for_the_owner_to_write()
    {
        await PutAsync("logs/a", "x"u8.ToArray());

        Assert.Equal("-rw-r--r--", ModeOf($"{_root}/logs/a", '-'));
        Assert.Equal("drwxr-xr-x", ModeOf($"{_root}/logs", 'd'));
    }

    /// <summary>S-146: a mount that hangs keeps as many threads as an output sends at once, whatever is tried; it goes on when it is back.</summary>
    [Fact]
    public async Task A_mount_that_hangs_keeps_a_few_threads_and_no_more()
    {
        using var back = new ManualResetEventSlim();
        using var late = new CancellationTokenSource();
        var entered = 0;
        var puts = Enumerable.Range(0, 20).Select(i => Store.PutAsync(Item($"{i}", "x"u8.ToArray()) with { OpenBody = Hang }, late.Token)).ToList();
        Retry.Until("some hang", () => Volatile.Read(ref entered) == 4, TimeSpan.FromSeconds(30));
        await late.CancelAsync();
        Retry.Until("the others are told", () => puts.Count(put => put.IsCompleted) == 16, TimeSpan.FromSeconds(30));

        Assert.All(puts.Where(put => put.IsCompleted), put => Assert.Contains("does not answer: 4 writes there hang", put.Result.Message, StringComparison.Ordinal));
        Assert.Equal(PutStatus.Unavailable, (await Store.ProbeAsync(late.Token)).Status);
        Assert.Equal(4, entered);

        back.Set();
        Retry.Until("all have ended", () => puts.TrueForAll(put => put.IsCompleted), TimeSpan.FromSeconds(30));
        Assert.Equal(PutStatus.Stored, (await PutAsync("a", "x"u8.ToArray())).Status);

        Stream Hang()
        {
            Interlocked.Increment(ref entered);
            back.Wait(TestContext.Current.CancellationToken);
            return new MemoryStream("x"u8.ToArray());
        }
    }

    [Fact]
    public async Task What_is_there_is_ours_when_its_bytes_are()
    {
        var body = new byte[300_000];
        await PutAsync("a", body);

        Assert.Equal(Sight.Ours, await Store.LookAsync(Item("a", body), CancellationToken.None));
        Assert.NotEqual(Sight.Ours, await Store.LookAsync(Item("a", new byte[299_999]), CancellationToken.None));
        Assert.NotEqual(Sight.Ours, await Store.LookAsync(Item("a", [.. body[..^1], 1]), CancellationToken.None));
        Assert.NotEqual(Sight.Ours, await Store.LookAsync(Item("b", body), CancellationToken.None));
    }

    /// <summary>procfs has no fsync of directories and says EINVAL, as FUSE, CIFS and vboxsf do.</summary>
    [Fact]
    public void A_file_system_that_syncs_no_directories_is_none_the_worse()
    {
        Assert.Equal(Errno.InvalidArgument, Assert.Throws<StorageException>(() => Posix.SyncDirectory("/proc/self")).HResult);

        DirectorySync.Do("/proc/self");
        Assert.Throws<StorageException>(() => DirectorySync.Do("/no/such/directory"));
    }

    /// <summary>EINVAL of a write or a sync is not about the key.</summary>
    [Fact]
    public void Only_the_steps_that_give_a_name_blame_the_name()
    {
        var failure = Errno.ToException(Errno.InvalidArgument, "sync", "/data/x");

        Assert.Equal(PutStatus.Unavailable, FileSystemFailures.ToResult(failure).Status);
        Assert.Equal(PutStatus.Rejected, FileSystemFailures.OfName(failure).Status);
    }

    [Fact]
    public void The_description_is_the_place() => Assert.Equal($"filesystem {_root}", Store.Description);

    protected override byte[]? Read(string key) => File.Exists($"{_root}/{key}") ? File.ReadAllBytes($"{_root}/{key}") : null;

    protected override IReadOnlyList<string> ListEverything() =>
        [.. Directory.EnumerateFiles(_root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(path => Path.GetRelativePath(_root, path)).Order(StringComparer.Ordinal)];

    private string TemporaryOf(string key)
    {
        Assert.True(ObjectPath.TryCreate(_root, key, out var path, out _));
        Assert.StartsWith(".", Path.GetFileName(path.Temporary), StringComparison.Ordinal);
        return path.Temporary;
    }

    private static string ModeOf(string path, char kind)
    {
        var mode = (int)File.GetUnixFileMode(path);
        return kind + string.Concat(Enumerable.Range(0, 9).Select(i => (mode & (0x100 >> i)) != 0 ? "rwx"[i % 3] : '-'));
    }
}
