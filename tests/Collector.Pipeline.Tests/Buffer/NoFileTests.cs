using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Running;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>What is no regular file under a buffered name: told once, left alone, waited for never.</summary>
[SupportedOSPlatform("linux")]
public sealed class NoFileTests : IDisposable
{
    private static readonly string[] States = ["chunk", "sealing", "object", "attempted", "quarantined"];
    private readonly TemporaryDirectory _directory = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _directory.Dispose();
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("socket")]
    [InlineData("link")]
    [InlineData("device")]
    [InlineData("directory")]
    public void A_start_goes_on_and_takes_no_seq_of_it(string kind)
    {
        var directory = FileSystemDirectory.Open(_directory.File("outputs/out"));
        for (var i = 0; i < States.Length; i++)
        {
            Make(kind, $"{directory.Location}/00000000000{i + 1}.{States[i]}");
        }

        var log = new ListLogger();
        var recovery = new OutputRecovery(directory, log);
        var loaded = recovery.Load();
        var numbering = new Numbering(7, new ManualClock());
        numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
        var recovered = recovery.Recover(loaded, numbering);
        Assert.Equal((0, 0), (recovered.Chunks.Count, recovered.Objects.Count));
        Assert.Equal(6, recovered.Positions.Next().Seq);
        recovered.Positions.Dispose();
        Assert.Equal(States.Length, log.Warnings.Count(w => w.Contains("is not a regular file", StringComparison.Ordinal)));
        Assert.Equal(States.Length, Directory.GetFileSystemEntries(directory.Location, "0*").Length);
        Assert.Empty(BufferReport.Read(_directory.Path).Single().Files);
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("socket")]
    [InlineData("link")]
    [InlineData("device")]
    [InlineData("directory")]
    public void Opening_it_is_refused(string kind)
    {
        var directory = FileSystemDirectory.Open(_directory.Path);
        Make(kind, _directory.File("x"));

        foreach (var writable in (bool[])[true, false])
        {
            Assert.Equal(StorageError.NotAFile, Assert.Throws<StorageException>(() => directory.Open("x", writable)).Error);
        }

        Assert.Equal(StorageError.NotAFile, Assert.Throws<StorageException>(() => directory.GetLength("x")).Error);
    }

    private void Make(string kind, string path)
    {
        switch (kind)
        {
            case "fifo":
                Run("mkfifo", path);
                break;
            case "device":
                Run("mknod", path, "c", "1", "5");
                break;
            case "link":
                File.CreateSymbolicLink(path, "/etc/hostname");
                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
            default:
                // Its name goes with it.
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                _sockets.Add(socket);
                socket.Bind(new UnixDomainSocketEndPoint(path));
                break;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"{program} is not allowed here");
    }
}
