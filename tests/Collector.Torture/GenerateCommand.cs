using System.Buffers;
using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Torture;

/// <summary>Writes a node tree at rest, for benchmarks: so many containers, one log each, all of one size, the mix of contract §7.</summary>
internal static class GenerateCommand
{
    private const int WriteSize = 1024 * 1024;

    private static readonly DateTimeOffset Start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public static int Run(string directory, int files, long bytes, ulong seed)
    {
        var tree = new NodeTree(directory);
        var random = new SeededRandom(seed);
        var output = new ArrayBufferWriter<byte>(2 * WriteSize);
        long total = 0, lines = 0;
        for (int i = 0; i < files; i++)
        {
            string path = Prepare(tree, i, random);
            var runtime = new RuntimeLines(new LogMix(random.NextUInt64()), RuntimeFormat.Cri, new RuntimeClock(Start, random.NextUInt64()), random.NextUInt64());
            (long fileBytes, long fileLines) = Fill(path, runtime, bytes / files, output);
            total += fileBytes;
            lines += fileLines;
        }

        Console.WriteLine($"{files} logs, {lines} lines, {total} bytes under {tree.Root}");
        return 0;
    }

    private static string Prepare(NodeTree tree, int index, SeededRandom random)
    {
        string uid = $"{index:x8}-0000-4000-8000-{random.NextUInt64() >> 16:x12}";
        var identity = new ContainerIdentity($"bench-{index % 10}", $"app-{index}", uid, "app");
        Directory.CreateDirectory(tree.LogDirectory(identity));
        string path = Path.Combine(tree.LogDirectory(identity), "0.log");
        string id = string.Concat(Enumerable.Range(0, 4).Select(_ => random.NextUInt64().ToString("x16")));
        File.CreateSymbolicLink(Path.Combine(tree.Containers, identity.LinkName(id)), path);
        return path;
    }

    // Ends with a whole record, the first at or past the size.
    private static (long Bytes, long Lines) Fill(string path, RuntimeLines runtime, long size, ArrayBufferWriter<byte> output)
    {
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        long lines = 0;
        while (file.Length + output.WrittenCount < size || runtime.IsPending)
        {
            runtime.Append(output);
            lines++;
            if (output.WrittenCount >= WriteSize) Flush(file, output);
        }

        Flush(file, output);
        return (file.Length, lines);
    }

    private static void Flush(FileStream file, ArrayBufferWriter<byte> output)
    {
        file.Write(output.WrittenSpan);
        output.ResetWrittenCount();
    }
}
