using Collector.Configuration;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;

namespace Collector.Hosting;

/// <summary>Whether the outputs would take records on this machine's disk, now (<c>validate --connect</c>).</summary>
internal static class RoomCheck
{
    /// <summary>
    /// The obstacles, one a line, in the agent's words. The configuration may be checked on another machine than the node.
    /// </summary>
    public static (IReadOnlyList<string> Troubles, bool IsThisNode) Ask(CollectorConfiguration config)
    {
        var isThisNode = Directory.Exists(config.DataDir);
        try
        {
            return ([.. Troubles(config, isThisNode)], isThisNode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataDirException or FormatVersionException)
        {
            return ([$"dataDir: {e.Message}"], isThisNode);
        }
    }

    private static IEnumerable<string> Troubles(CollectorConfiguration config, bool isThisNode)
    {
        var minimum = config.Buffer.MinFreeDisk;
        var (free, total) = Space(config.DataDir);
        if (minimum.IsBelow(free, total))
        {
            var full = Fullness.OfDisk(free, total, minimum.Describe(total));
            yield return $"buffer.minFreeDisk: no output would take records: {full.Why}; {full.Remedy}";
        }

        var waiting = isThisNode && Directory.Exists(Path.Join(config.DataDir, "outputs")) ? BufferReport.Read(config.DataDir) : [];
        foreach (var output in config.Outputs)
        {
            if (waiting.FirstOrDefault(w => w.Output == output.Name)?.Bytes is { } used && used >= output.Buffer.MaxSize)
            {
                var full = Fullness.OfQuota(used, output.Buffer.MaxSize);
                yield return $"outputs.{output.Name}: the output does not take records: {full.Why}; {full.Remedy}";
            }
        }
    }

    /// <summary>The directory, or the one that it would be created in. Nothing is created here.</summary>
    private static (long Free, long Total) Space(string path)
    {
        var there = Path.GetFullPath(path);
        while (!Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there) ?? "/";
        }

        return FileSystemDirectory.Open(there).GetSpace();
    }
}
