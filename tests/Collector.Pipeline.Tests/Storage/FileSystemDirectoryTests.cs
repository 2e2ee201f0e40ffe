using System.Runtime.Versioning;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

[SupportedOSPlatform("linux")]
public sealed class FileSystemDirectoryTests : StorageDirectoryContract, IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("storage-").FullName;

    public FileSystemDirectoryTests() => Root = FileSystemDirectory.Open(_path);

    protected override IStorageDirectory Root { get; }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void Missing_parents_are_created_for_the_owner_alone()
    {
        FileSystemDirectory.Open($"{_path}/one/two/");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode($"{_path}/one/two"));
    }

    [Fact]
    public void Files_are_for_the_owner_alone()
    {
        Put("a", "secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{_path}/a"));
    }

    [Fact]
    public void A_data_dir_that_is_a_file_is_refused()
    {
        Put("a", "");
        AssertFails(StorageError.Io, () => FileSystemDirectory.Open($"{_path}/a"));
    }

    /// <summary>/dev/full is the kernel's own full disk.</summary>
    [Fact]
    public void A_full_device_is_reported_as_full_with_operation_path_and_reason()
    {
        using var file = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);

        var failure = Assert.Throws<StorageException>(() => Posix.Write(file, "x"u8, 0, "/dev/full"));

        Assert.Equal(StorageError.Full, failure.Error);
        Assert.Equal("write /dev/full: No space left on device", failure.Message);
    }

    /// <summary>Not even root may create files in sysfs.</summary>
    [Fact]
    public void A_directory_that_refuses_writing_is_reported_as_read_only() =>
        AssertFails(StorageError.ReadOnly, () => FileSystemDirectory.Open("/sys").Create("x"));

    [Fact]
    public void A_directory_that_is_gone_is_not_found()
    {
        var gone = Root.OpenDirectory("gone");
        Directory.Delete(gone.Location);

        AssertFails(StorageError.NotFound, () => gone.ListFiles());
        AssertFails(StorageError.NotFound, () => gone.Create("a"));
        AssertFails(StorageError.NotFound, gone.Sync);
        AssertFails(StorageError.NotFound, () => gone.GetSpace());
    }

    [Theory]
    [InlineData(28, StorageError.Full)]
    [InlineData(122, StorageError.Full)]
    [InlineData(30, StorageError.ReadOnly)]
    [InlineData(13, StorageError.ReadOnly)]
    [InlineData(1, StorageError.ReadOnly)]
    [InlineData(2, StorageError.NotFound)]
    [InlineData(17, StorageError.Exists)]
    [InlineData(24, StorageError.TooManyOpenFiles)]
    [InlineData(23, StorageError.TooManyOpenFiles)]
    [InlineData(5, StorageError.Io)]
    public void Each_number_of_the_kernel_becomes_what_a_caller_can_act_on(int errno, StorageError expected) =>
        Assert.Equal(expected, Errno.ToException(errno, "write", "/x").Error);
}
