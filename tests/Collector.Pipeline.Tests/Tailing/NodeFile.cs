using System.IO.Compression;
using System.Text;
using Collector.Testing.Time;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>The directories of a node, in a temporary one.</summary>
internal sealed class NodeDirectories : IDisposable
{
    public NodeDirectories()
    {
        Root = Directory.CreateTempSubdirectory("tail-").FullName;
        foreach (var directory in (string[])[Containers, Pods, Docker, Files])
        {
            Directory.CreateDirectory(directory);
        }
    }

    public string Root { get; }

    public string Containers => Path.Join(Root, "containers");

    public string Pods => Path.Join(Root, "pods");

    public string Docker => Path.Join(Root, "docker");

    /// <summary>For <c>file</c> sources.</summary>
    public string Files => Path.Join(Root, "files");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>A log file and what its writer and its rotator do to it. Every change sets the times of modification to the virtual time.</summary>
internal sealed class NodeFile(string path, ManualClock clock)
{
    private static long s_changes;

    public string FilePath { get; private set; } = path;

    public string Name => Path.GetFileName(FilePath);

    public long Length => new FileInfo(FilePath).Length;

    public static void Touch(string path, ManualClock clock)
    {
        if (File.Exists(path))
        {
            File.SetLastWriteTimeUtc(path, Now(clock));
        }

        TouchDirectory(Path.GetDirectoryName(path)!, clock);
    }

    public static void TouchDirectory(string path, ManualClock clock)
    {
        if (Directory.Exists(path))
        {
            Directory.SetLastWriteTimeUtc(path, Now(clock));
        }
    }

    /// <summary>The virtual time, never the same twice.</summary>
    public static DateTime Now(ManualClock clock) => (clock.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Increment(ref s_changes) % TimeSpan.TicksPerMillisecond)).UtcDateTime;

    public NodeFile Append(string text) => Append(Encoding.UTF8.GetBytes(text));

    public NodeFile Append(byte[] bytes)
    {
        using (var file = new FileStream(FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Write(bytes);
        }

        Touch(FilePath, clock);
        return this;
    }

    /// <summary>Writes at an offset, as one who does not append.</summary>
    public NodeFile WriteAt(long offset, string text)
    {
        using (var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = offset;
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        Touch(FilePath, clock);
        return this;
    }

    public NodeFile Lines(params IEnumerable<string> lines) => Append(string.Concat(lines.Select(l => l + "\n")));

    public void Truncate(long length = 0)
    {
        using (var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(length);
        }

        Touch(FilePath, clock);
    }

    /// <summary>What it was stays this object; the name is free.</summary>
    public NodeFile Rename(string name)
    {
        var to = Path.Join(Path.GetDirectoryName(FilePath), name);
        File.Move(FilePath, to, overwrite: true);
        FilePath = to;
        TouchDirectory(Path.GetDirectoryName(to)!, clock);
        return this;
    }

    public NodeFile Copy(string name)
    {
        var to = Path.Join(Path.GetDirectoryName(FilePath), name);
        File.Copy(FilePath, to);
        Touch(to, clock);
        return new NodeFile(to, clock);
    }

    public void Delete()
    {
        File.Delete(FilePath);
        Touch(FilePath, clock);
    }

    /// <summary>Writes <c>x.tmp</c>, as kubelet does before it is <c>x.gz</c>.</summary>
    public void BeginGzip()
    {
        using (var from = File.OpenRead(FilePath))
        using (var to = File.Create(FilePath + ".tmp"))
        {
            // The runtime's stream writes nothing at all for nothing; gzip writes an empty member.
            if (from.Length == 0)
            {
                to.Write(Convert.FromHexString("1F8B080000000000000303000000000000000000"));
            }

            using var gzip = new GZipStream(to, CompressionLevel.Fastest);
            from.CopyTo(gzip);
        }

        Touch(FilePath + ".tmp", clock);
    }

    /// <summary>The compressed file has its name; the file is still there.</summary>
    public void FinishGzip()
    {
        File.Move(FilePath + ".tmp", FilePath + ".gz");
        Touch(FilePath + ".gz", clock);
    }

    public NodeFile Gzip()
    {
        BeginGzip();
        FinishGzip();
        Delete();
        return new NodeFile(FilePath + ".gz", clock);
    }
}
