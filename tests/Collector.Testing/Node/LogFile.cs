using Collector.Testing.Mix;
using Microsoft.Win32.SafeHandles;

namespace Collector.Testing.Node;

/// <summary>
/// One generation of a container's log: the file the runtime has open, whatever its name becomes.
/// Each line is one write(), as containerd does it.
/// </summary>
internal sealed class LogFile : IDisposable
{
    // What kubelet gives logs: 0640.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly SafeFileHandle handle;
    private readonly SequenceRange?[] records = new SequenceRange?[2];

    public LogFile(string path)
    {
        Path = path;
        handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
#pragma warning disable CA1416 // The collector is for Linux nodes, and so are its tests.
        File.SetUnixFileMode(handle, Mode);
#pragma warning restore CA1416
    }

    /// <summary>Its present name.</summary>
    public string Path { get; private set; }

    public long Length { get; private set; }

    public bool IsCompressed => Path.EndsWith(".gz", StringComparison.Ordinal);

    /// <summary>It is compressed, or will be.</summary>
    public bool IsQueuedForGzip { get; set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(handle, bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>Remembers that (part of) a record is in this file.</summary>
    public void Note(RuntimeLine line)
    {
        ref SequenceRange? range = ref records[(int)line.Stream];
        range = range is { } known ? known with { Last = line.Sequence } : new SequenceRange(line.Sequence, line.Sequence);
    }

    public void Rename(string path)
    {
        File.Move(Path, path);
        Path = path;
    }

    /// <summary>The file was replaced by a compressed one of this name.</summary>
    public void BecomeCompressed(string path) => Path = path;

    /// <summary>Excuses in the ledger what this file holds.</summary>
    public void Excuse(LedgerWriter writer)
    {
        foreach (RuntimeStream stream in Enum.GetValues<RuntimeStream>())
        {
            if (records[(int)stream] is { } range) writer[stream].Excused.Add(range);
        }
    }

    /// <summary>The runtime closes it; it stays on disk.</summary>
    public void Dispose() => handle.Dispose();
}
