using System.Globalization;
using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>
/// The logs of one run of a container, <c>&lt;n&gt;.log</c> and its rotated siblings, and what kubelet does to them.
/// </summary>
internal sealed class ContainerLog : IDisposable
{
    private readonly string path;
    private readonly LedgerWriter writer;
    private readonly NodeStats stats;
    private readonly List<LogFile> rotated = [];
    private readonly Queue<GzipJob> jobs = new();
    private LogFile current;
    private DateTimeOffset lastStamp;

    /// <param name="path">Of <c>&lt;n&gt;.log</c>; its directory exists.</param>
    public ContainerLog(string path, LedgerWriter writer, NodeStats stats)
    {
        this.path = path;
        this.writer = writer;
        this.stats = stats;
        current = new LogFile(path);
    }

    public long Length => current.Length;

    /// <summary>Renamed, and the runtime does not write to a new file yet.</summary>
    public bool IsRotating { get; private set; }

    public bool IsIdle => jobs.Count == 0;

    public void Write(ReadOnlySpan<byte> bytes, RuntimeLine line)
    {
        current.Write(bytes);
        current.Note(line);
    }

    /// <summary>
    /// Kubelet's order: excess files go, plain rotated ones are compressed, then the log is renamed. The runtime goes on writing
    /// to it until <see cref="Reopen"/>.
    /// </summary>
    public void BeginRotation(DateTimeOffset now, NodeOptions options)
    {
        if (IsRotating) throw new InvalidOperationException("It is being rotated already.");
        if (options.LossAllowed) DeleteExcess(options.MaxFiles);
        if (options.Gzip) CompressRotated();
        current.Rename($"{path}.{NextStamp(now)}");
        IsRotating = true;
    }

    /// <summary>The runtime opens a new file.</summary>
    public void Reopen()
    {
        IsRotating = false;
        current.Dispose();
        rotated.Add(current);
        current = new LogFile(path);
        stats.Rotations++;
    }

    /// <summary>Kubelet could not make the runtime reopen, and renames back.</summary>
    public void UndoRotation()
    {
        IsRotating = false;
        current.Rename(path);
        stats.UndoneRotations++;
    }

    /// <summary>Compresses up to <paramref name="bytes"/> more of what waits for it.</summary>
    public void AdvanceGzip(int bytes)
    {
        if (!jobs.TryPeek(out GzipJob? job) || !job.Advance(bytes)) return;
        jobs.Dequeue().Dispose();
        stats.Gzips++;
    }

    /// <summary>The run is over: nothing more is written. A runtime that is gone cannot reopen, so a rotation is undone.</summary>
    public void Close()
    {
        if (IsRotating) UndoRotation();
        current.Dispose();
    }

    /// <summary>Excuses all its files in the ledger; the caller deletes them.</summary>
    public void ExcuseAll()
    {
        foreach (LogFile file in rotated.Append(current)) file.Excuse(writer);
    }

    /// <summary>Deletes all files of a run that is over.</summary>
    public void Delete()
    {
        foreach (LogFile file in rotated.Append(current)) Delete(file);
    }

    public void Dispose()
    {
        current.Dispose();
        while (jobs.TryDequeue(out GzipJob? job)) job.Dispose();
    }

    // Local time, to the second (kubelet's "20060102-150405"). Two rotations in one second would overwrite each other:
    // the later one takes the next second.
    private string NextStamp(DateTimeOffset now)
    {
        DateTimeOffset second = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), now.Offset);
        lastStamp = second > lastStamp ? second : lastStamp.AddSeconds(1);
        return lastStamp.ToLocalTime().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
    }

    private void CompressRotated()
    {
        foreach (LogFile file in rotated.Where(f => !f.IsQueuedForGzip))
        {
            file.IsQueuedForGzip = true;
            jobs.Enqueue(new GzipJob(file));
        }
    }

    // The log itself and the one that is about to be rotated are two of the allowed files.
    private void DeleteExcess(int maxFiles)
    {
        while (rotated.Count > maxFiles - 2 && rotated[0].IsCompressed)
        {
            Delete(rotated[0]);
            rotated.RemoveAt(0);
        }
    }

    private void Delete(LogFile file)
    {
        file.Excuse(writer);
        File.Delete(file.Path);
        stats.DeletedFiles++;
    }
}
