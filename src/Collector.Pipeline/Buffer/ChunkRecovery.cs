using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Recovers the chunks of an output: each is cut after its last whole frame, and the damage is logged (FORMAT.md, Recovery, 5).
/// </summary>
internal sealed partial class ChunkRecovery(IStorageDirectory directory, RecoveredOutput recovered, ILogger logger)
{
    private readonly List<CoverageMap> _lost = [];

    /// <param name="seqs">Ascending.</param>
    public void Run(IEnumerable<long> seqs)
    {
        foreach (var seq in seqs)
        {
            if (RecoverChunk(seq, FileNames.Format(seq, FileState.Chunk)) is { } chunk)
            {
                recovered.Chunks.Add(chunk);
            }
        }

        var newest = recovered.Chunks.GroupBy(c => c.Header.Prefix, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        recovered.Chunks.ForEach(c => c.IsNewest = newest[c.Header.Prefix] == c);
        _lost.ForEach(AddSizes);
    }

    /// <summary>Null when nothing of it is left.</summary>
    private OpenChunk? RecoverChunk(long seq, string name)
    {
        using var file = directory.Open(name, writable: true);
        using var reader = ChunkReader.Open(file, name);
        while (reader?.MoveNext() == true)
        {
        }

        var end = reader?.End ?? 0;
        if (end < file.Length)
        {
            ReadBehind(file, name, end, reader);
        }

        if (reader is null || reader.Records == 0)
        {
            directory.Delete(name);
            recovered.Positions.Unused(seq);
            return null;
        }

        if (end < file.Length)
        {
            file.Truncate(end);
            file.Sync();
        }

        recovered.Coverage.Add(reader.Coverage);
        return OpenChunk.From(reader, name);
    }

    private void ReadBehind(IStorageFile file, string name, long end, ChunkReader? reader)
    {
        using var lost = new LostFrames(file, reader?.Known ?? new Dictionary<GenerationId, GenerationIdentity>());
        lost.Find(end);
        if (lost.Records > 0)
        {
            recovered.GivenBack += lost.Records;
            _lost.Add(lost.Coverage);
            LogFramesLost(directory.Location, name, end, file.Length, lost.Records, lost.Frames);
        }
        else if (reader?.Records > 0)
        {
            LogChunkCut(directory.Location, name, end, file.Length);
        }
    }

    /// <summary>
    /// What the lost frames knew of their sources, without their coverage, so that the tail can tell to the byte what is lost.
    /// </summary>
    private void AddSizes(CoverageMap lost)
    {
        foreach (var entry in lost.Entries.Where(e => !e.Identity.IsUnknown || recovered.Coverage.Find(e.Identity.Id) is not null))
        {
            var mine = recovered.Coverage.GetOrAdd(entry.Identity);
            mine.AddKnowledge(entry);
            mine.SeenSize = Math.Max(mine.SeenSize, entry.Intervals.End);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name} ended in an unfinished write: the chunk was cut at byte {At} of {Length}; the records that were cut off are read from the sources again, and no action is needed")]
    private partial void LogChunkCut(string directory, string name, long at, long length);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}/{Name} is damaged at byte {At} of {Length}: the chunk was cut at that byte; the {Records} records in the {Frames} whole frames after it are read from the sources again, and counted as lost where the sources are gone; check the node's disk")]
    private partial void LogFramesLost(string directory, string name, long at, long length, long records, long frames);
}
