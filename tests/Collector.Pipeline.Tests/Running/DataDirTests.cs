using System.Runtime.Versioning;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Running;

[SupportedOSPlatform("linux")]
public sealed class DataDirTests : IDisposable
{
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OpenToAll =
        Closed | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>I8.</summary>
    [Fact]
    public void A_second_collector_is_told_who_holds_the_data_dir()
    {
        using (DataDir.Open(_directory.Path))
        {
            var refused = Assert.Throws<DataDirException>(() => DataDir.Open(_directory.Path));
            Assert.Contains("is in use by another collector", refused.Message, StringComparison.Ordinal);
        }

        DataDir.Open(_directory.Path).Dispose();
    }

    [Fact]
    public void A_lock_file_that_is_left_behind_locks_nothing()
    {
        File.WriteAllText(_directory.File("lock"), "12345\n");

        DataDir.Open(_directory.Path).Dispose();
    }

    [Fact]
    public void A_data_dir_that_cannot_be_made_is_named()
    {
        File.WriteAllText(_directory.File("file"), "");

        var refused = Assert.Throws<DataDirException>(() => DataDir.Open(_directory.File("file/data")));
        Assert.Contains($"dataDir {_directory.Path}/file/data cannot be used: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_opening_gives_the_lock_back()
    {
        File.WriteAllText(_directory.File("outputs"), "");
        Assert.Throws<DataDirException>(() => DataDir.Open(_directory.Path));

        File.Delete(_directory.File("outputs"));
        DataDir.Open(_directory.Path).Dispose();
    }

    /// <summary>Contract §2: 0700, while kubelet makes the directory of a hostPath 0755.</summary>
    [Fact]
    public void A_directory_that_is_open_to_all_is_closed_to_others()
    {
        File.SetUnixFileMode(_directory.Path, OpenToAll);
        DataDir.Open(_directory.Path).Dispose();
        Assert.Equal(Closed, File.GetUnixFileMode(_directory.Path));

        // What an earlier life has left is the collector's own.
        File.SetUnixFileMode(_directory.Path, OpenToAll);
        Directory.CreateDirectory(_directory.File("pods"));
        DataDir.Open(_directory.Path).Dispose();
        Assert.Equal(Closed, File.GetUnixFileMode(_directory.Path));
    }

    [Fact]
    public void A_directory_with_something_else_in_it_keeps_its_permissions()
    {
        File.SetUnixFileMode(_directory.Path, OpenToAll);
        File.WriteAllText(_directory.File("dpkg"), "");
        DataDir.Open(_directory.Path).Dispose();
        Assert.Equal(OpenToAll, File.GetUnixFileMode(_directory.Path));
    }

    [Fact]
    public void Instance_bits_are_kept_until_they_are_renewed()
    {
        using var dataDir = DataDir.Open(_directory.Path);
        var first = dataDir.Instance(renew: false);
        Assert.Equal(first, dataDir.Instance(renew: false));

        var second = dataDir.Instance(renew: true);
        Assert.NotEqual(first, second);
        Assert.Equal(second, dataDir.Instance(renew: false));
    }

    [Fact]
    public void Damaged_instance_bits_are_drawn_anew()
    {
        using var dataDir = DataDir.Open(_directory.Path);
        var first = dataDir.Instance(renew: false);
        File.WriteAllBytes(_directory.File("instance"), [1]);

        Assert.NotEqual(first, dataDir.Instance(renew: false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_newer_collectors_instance_is_left_alone(bool renew)
    {
        using var dataDir = DataDir.Open(_directory.Path);
        File.WriteAllBytes(_directory.File("instance"), [255, 0, 9, 9, 9, 9, 9]);

        Assert.Throws<FormatVersionException>(() => dataDir.Instance(renew));
        Assert.Equal([255, 0, 9, 9, 9, 9, 9], File.ReadAllBytes(_directory.File("instance")));
    }
}
