using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>Log lines and counts of looks at folders. Owned by the tail worker.</summary>
internal sealed partial class LookNotices(Books books, ILogger logger)
{
    private readonly HashSet<(string Source, string Reader)> _readByOther = [];

    /// <summary>A file that two sources take is read by one of them: one warning for each pair of sources.</summary>
    public void TellReadByOther(Folder folder, string path, FollowedSource reader)
    {
        var (source, other) = (folder.Source.Settings.Name, reader.Settings.Name);
        if (_readByOther.Add((source, other)))
        {
            LogReadByOther(LogText.Shorten(folder.Root.Locate(path)), other, source);
        }
    }

    /// <summary>
    /// Restart numbers between two seen ones without a file. Each is counted once, even if the newer file cannot be opened.
    /// </summary>
    public void CountRestartGap(Chain chain, IReadOnlyList<int> restarts)
    {
        if (!chain.IsKubelets)
        {
            return;
        }

        var seen = restarts.ToHashSet();
        if (seen.Count == 0)
        {
            return;
        }

        var (known, newest) = (chain.NewestListed, seen.Max());
        chain.NewestListed = Math.Max(known ?? newest, newest);
        var missing = known is { } last && newest > last ? newest - last - seen.Count(r => r > last) : 0;
        if (missing > 0)
        {
            LogRestartGap(LogText.Shorten(chain.Location), missing, newest);
            books.LostFiles(FilesLostReason.RestartGap, missing);
            chain.RestartGap = new LostFiles(FilesLostReason.RestartGap, missing + (chain.RestartGap?.Files ?? 0), chain.Key) { BeforeRestart = newest };
        }
    }

    /// <summary>
    /// Logs new decisions on which file is which, with the facts that they were based on, to explain a doubled or missing file.
    /// </summary>
    public void TellVerdicts(Folder folder, LookResult result)
    {
        if (!logger.IsEnabled(LogLevel.Debug))
        {
            return;
        }

        foreach (var (file, verdict, known, _) in result.Files.Where(f => f.Verdict is not (Verdict.Same or Verdict.Ignored)))
        {
            LogVerdict(folder.Root.Locate(file.Path), verdict, file.Status.Inode, file.Status.Size, known?.Id.ToString() ?? "none");
        }

        foreach (var lost in result.Lost)
        {
            var (known, cause) = (lost.Known, lost.Cause);
            LogLost(folder.Root.Locate(known.Path), known.Id, cause, known.Inode, known.Position, known.Digest.End, known.GuardAt, known.Fingerprint.Length);
        }
    }

    /// <summary>Files that should be read and cannot be opened.</summary>
    public static void TellRefused(Folder folder, LookFiles files)
    {
        foreach (var (path, result) in files.Refused)
        {
            if (result is OpenResult.Denied or OpenResult.Refused)
            {
                var why = result == OpenResult.Denied ? "permission denied" : Refusal.Find(folder.Root, path)?.Describe(folder.Root.Path) ?? "the path was another file a moment ago";
                folder.Source.Unreadables.Tell(folder.Root.Locate(path), why);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}, and perhaps other files, is read by source {Reader}; source {Source} takes it, too, and does not read it, because a file is read by one source; narrow the path of one of the two sources, or add excludePaths to it")]
    private partial void LogReadByOther(string path, string reader, string source);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} (inode {Inode}, {Size} bytes): {Verdict}; known generation: {Known}")]
    private partial void LogVerdict(string path, Verdict verdict, ulong inode, long size, string known);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path}: generation {Id} is missing ({Cause}); it had inode {Inode}, was read up to byte {Position}, its digest ends at {Digest}, its guard at {Guard}, and its fingerprint has {Head} bytes")]
    private partial void LogLost(string path, GenerationId id, LossCause cause, ulong inode, long position, long digest, long guard, int head);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: the logs of {Missing} earlier runs of the container (before restart {Restart}) were deleted before the collector saw them; they are counted as lost files")]
    private partial void LogRestartGap(string path, int missing, int restart);
}
