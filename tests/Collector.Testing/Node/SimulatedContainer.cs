using System.Buffers;
using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>How a container writes by itself.</summary>
public enum WritingPace
{
    /// <summary>Whatever comes.</summary>
    Usual,

    /// <summary>Lines that are records by themselves.</summary>
    Whole,

    /// <summary>Nothing.</summary>
    Silent,
}

/// <summary>
/// A container on the node: it writes lines, and kubelet and the runtime rotate, restart and remove it.
/// Each method is one visible event, for tests that set a scene by hand. Not thread safe.
/// </summary>
public sealed class SimulatedContainer : IDisposable
{
    private readonly NodeTree tree;
    private readonly NodeOptions options;
    private readonly NodeStats stats;
    private readonly LedgerWriter writer;
    private readonly RuntimeClock clock;
    private readonly RuntimeLines lines;
    private readonly SeededRandom random;
    private readonly ArrayBufferWriter<byte> line = new();
    private readonly List<ContainerLog> deadRuns = [];
    private readonly Queue<string> staleLinks = new();
    private ContainerLog log;
    private string link;
    private int run;

    private readonly PodReports? reports;

    internal SimulatedContainer(
        NodeTree tree, NodeOptions options, NodeStats stats, LedgerWriter writer, RuntimeClock clock, SeededRandom random, PodReports? reports = null)
    {
        this.reports = reports;
        this.tree = tree;
        this.options = options;
        this.stats = stats;
        this.writer = writer;
        this.clock = clock;
        this.random = random;
        lines = new RuntimeLines(new LogMix(random.NextUInt64(), traceable: true), options.Format, clock, random.NextUInt64(), writer.Number);
        Directory.CreateDirectory(LogDirectory);
        (log, link) = StartRun();
    }

    public ContainerIdentity Identity => writer.Identity;

    /// <summary>What it wrote.</summary>
    public LedgerWriter Writer => writer;

    /// <summary>Where <c>&lt;n&gt;.log</c> and its rotated siblings are.</summary>
    public string LogDirectory => tree.LogDirectory(Identity);

    /// <summary>The path of the present <c>&lt;n&gt;.log</c>.</summary>
    public string LogPath => Path.Combine(LogDirectory, $"{run}.log");

    /// <summary>How it writes when nobody says what.</summary>
    public WritingPace Pace { get; set; }

    /// <summary>Bytes in the generation that is being written.</summary>
    public long Length => log.Length;

    public bool IsRotating => log.IsRotating;

    /// <summary>A record is begun and not ended.</summary>
    public bool IsPending => lines.IsPending;

    /// <summary>A rotated file is being compressed.</summary>
    public bool IsCompressing => !log.IsIdle || deadRuns.Exists(r => !r.IsIdle);

    /// <summary>Writes lines, each with one write().</summary>
    public void Write(int count)
    {
        for (int i = 0; i < count; i++) Put(lines.Append(line));
    }

    /// <summary>Writes lines that are records by themselves, each with one write().</summary>
    public void WriteWhole(int count)
    {
        for (int i = 0; i < count; i++) Put(lines.AppendWhole(line));
    }

    /// <summary>Writes the first <c>P</c> line of a long message, or nothing if one is being written already.</summary>
    public void BeginSplitMessage()
    {
        if (!lines.IsPending) Put(lines.AppendSplit(line));
    }

    /// <summary>Ends what is begun.</summary>
    public void FinishPending()
    {
        while (lines.TryAppendPending(line, out RuntimeLine written)) Put(written);
    }

    /// <summary>Kubelet renames the log. The runtime goes on writing to it until <see cref="Reopen"/> or <see cref="UndoRotation"/>.</summary>
    public void BeginRotation() => log.BeginRotation(clock.Now, options);

    /// <summary>The runtime opens a new log.</summary>
    public void Reopen()
    {
        log.Reopen();
        if (IsPending) stats.SplitRotations++;
    }

    /// <summary>Kubelet renames the log back.</summary>
    public void UndoRotation() => log.UndoRotation();

    /// <summary>Compresses up to <paramref name="bytes"/> more of the rotated files that wait for it.</summary>
    public void AdvanceGzip(int bytes)
    {
        log.AdvanceGzip(bytes);
        foreach (ContainerLog dead in deadRuns) dead.AdvanceGzip(bytes);
    }

    /// <summary>
    /// The container dies and starts again: <c>n.log</c> is over, <c>n+1.log</c> and a new link appear; the old link stays
    /// until <see cref="RemoveStaleLink"/>.
    /// </summary>
    /// <param name="cut">Dies without ending the record that it is in.</param>
    public void Restart(bool cut = false)
    {
        if (cut) CutPending();
        else FinishPending();
        log.Close();
        deadRuns.Add(log);
        staleLinks.Enqueue(link);
        run++;
        (log, link) = StartRun();
        stats.Restarts++;
    }

    /// <summary>Removes the oldest link to a run that is over, if there is one.</summary>
    public void RemoveStaleLink()
    {
        if (staleLinks.TryDequeue(out string? stale)) File.Delete(stale);
    }

    /// <summary>Kubelet keeps the newest dead run; the ones before it are deleted, read or not. The ledger excuses them.</summary>
    public void DeleteDeadRuns()
    {
        while (deadRuns.Count > 1 && deadRuns[0].IsIdle)
        {
            deadRuns[0].Delete();
            deadRuns[0].Dispose();
            deadRuns.RemoveAt(0);
        }
    }

    /// <summary>The pod is deleted: links and logs vanish, read or not. The ledger excuses them. The caller removes the pod's directory.</summary>
    internal void Delete()
    {
        CutPending();
        foreach (ContainerLog each in deadRuns.Append(log)) each.ExcuseAll();
        Dispose();
        staleLinks.Enqueue(link);
        while (staleLinks.Count > 0) RemoveStaleLink();
        Directory.Delete(LogDirectory, recursive: true);
    }

    public void Dispose()
    {
        log.Dispose();
        foreach (ContainerLog dead in deadRuns) dead.Dispose();
    }

    private void Put(RuntimeLine written)
    {
        log.Write(line.WrittenSpan, written);
        stats.Lines++;
        stats.Bytes += line.WrittenCount;
        line.ResetWrittenCount();
        LedgerStream stream = writer[written.Stream];
        stream.Records = Math.Max(stream.Records, written.Sequence + 1);
    }

    private void CutPending()
    {
        foreach (CutRecord cut in lines.Cut())
        {
            writer[cut.Stream].Cuts.Add(cut);
            stats.CutRecords++;
        }
    }

    private (ContainerLog Log, string Link) StartRun()
    {
        string id = string.Concat(Enumerable.Range(0, 4).Select(_ => random.NextUInt64().ToString("x16")));
        writer.ContainerIds.Add(id);
        string file = options.Format == RuntimeFormat.DockerJson ? LinkDockerLog(id) : LogPath;
        var started = new ContainerLog(file, writer, stats);
        string name = Path.Combine(tree.Containers, Identity.LinkName(id));
        File.CreateSymbolicLink(name, LogPath);
        reports?.Started(writer, id, run);
        return (started, name);
    }

    // Under docker n.log is itself a link, into docker's own directory.
    private string LinkDockerLog(string id)
    {
        string directory = Path.Combine(tree.Docker, id);
        Directory.CreateDirectory(directory);
        string file = Path.Combine(directory, $"{id}-json.log");
        File.CreateSymbolicLink(LogPath, file);
        return file;
    }
}
