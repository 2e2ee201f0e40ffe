using System.Buffers;
using Collector.Testing.Kubernetes;
using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Benchmarks;

/// <summary>A container of a benchmark's node: who it is, its runtime id, and the log that it writes.</summary>
internal sealed record NodeContainer(ContainerIdentity Identity, string Id, string Path);

/// <summary>
/// A node tree at rest: so many containers, one log each, all of one size, the mix of contract §7; and its pods for the API.
/// The same arguments write the same bytes.
/// </summary>
internal sealed class NodeLogs
{
    /// <summary>Beyond it the files are of larger pods: no API has thousands of pods of one node.</summary>
    private const int MostPods = 500;

    private const int WriteSize = 1024 * 1024;
    private const ulong Seed = 1;

    private static readonly DateTimeOffset Start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly SeededRandom _random = new(Seed);

    /// <param name="root">A directory of its own.</param>
    /// <param name="files">How many containers.</param>
    /// <param name="bytes">Of all logs together.</param>
    public NodeLogs(string root, int files, long bytes)
    {
        Tree = new NodeTree(root);
        var perPod = (files + MostPods - 1) / MostPods;
        var uid = "";
        for (var i = 0; i < files; i++)
        {
            uid = i % perPod == 0 ? $"{i:x8}-0000-4000-8000-{_random.NextUInt64() >> 16:x12}" : uid;
            Containers.Add(Add(new ContainerIdentity($"bench-{i / perPod % 10}", $"app-{i / perPod}", uid, perPod == 1 ? "app" : $"app{i % perPod}")));
        }

        var output = new ArrayBufferWriter<byte>(2 * WriteSize);
        foreach (var container in Containers)
        {
            Fill(container.Path, bytes / files, output);
        }
    }

    public NodeTree Tree { get; }

    public List<NodeContainer> Containers { get; } = [];

    public long Lines { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The pods, as the API has them, with no more metadata than the contract's figures suppose.</summary>
    public IEnumerable<PodSpec> Pods() => Containers.GroupBy(c => c.Identity.Uid).Select(pod => new PodSpec(pod.First().Identity.Namespace, pod.First().Identity.Pod, pod.Key)
    {
        Containers = [.. pod.Select(c => new ContainerSpec(c.Identity.Container) { Id = c.Id, Image = "app:1", ImageId = "app@1" })],
    });

    /// <summary>Whole records of the mix, at least so many bytes of them.</summary>
    public byte[] Sample(int bytes, out long lines)
    {
        var output = new ArrayBufferWriter<byte>(bytes + WriteSize);
        var runtime = NewRuntime();
        for (lines = 0; output.WrittenCount < bytes || runtime.IsPending; lines++)
        {
            runtime.Append(output);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Adds an empty log of a container, with its link.</summary>
    private NodeContainer Add(ContainerIdentity identity)
    {
        Directory.CreateDirectory(Tree.LogDirectory(identity));
        var path = Path.Join(Tree.LogDirectory(identity), "0.log");
        // Short ones: with those of 64 digits the path alone would give more metadata than the contract's 240 bytes.
        var id = $"{_random.NextUInt64():x16}";
        File.CreateSymbolicLink(Path.Join(Tree.Containers, identity.LinkName(id)), path);
        return new NodeContainer(identity, id, path);
    }

    private RuntimeLines NewRuntime() =>
        new(new LogMix(_random.NextUInt64()), RuntimeFormat.Cri, new RuntimeClock(Start, _random.NextUInt64()), _random.NextUInt64());

    /// <summary>Ends with a whole record, the first at or past the size.</summary>
    private void Fill(string path, long size, ArrayBufferWriter<byte> output)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var runtime = NewRuntime();
        while (size > 0 && (file.Length + output.WrittenCount < size || runtime.IsPending))
        {
            runtime.Append(output);
            Lines++;
            if (output.WrittenCount >= WriteSize)
            {
                Flush(file, output);
            }
        }

        Flush(file, output);
        Bytes += file.Length;
    }

    private static void Flush(FileStream file, ArrayBufferWriter<byte> output)
    {
        file.Write(output.WrittenSpan);
        output.ResetWrittenCount();
    }
}
