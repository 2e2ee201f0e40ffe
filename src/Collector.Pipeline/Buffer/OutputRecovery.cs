using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Positions;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>What one output's directory holds after a restart.</summary>
internal sealed class RecoveredOutput(IStorageDirectory directory, PositionsJournal positions)
{
    public IStorageDirectory Directory { get; } = directory;

    public PositionsJournal Positions { get; } = positions;

    /// <summary>Chunks that are whole up to their length, oldest first.</summary>
    public List<OpenChunk> Chunks { get; } = [];

    public List<BacklogItem> Objects { get; } = [];

    public List<(long Records, long Bytes)> Quarantined { get; } = [];

    /// <summary>The union of positions, objects and chunks: all that is not to be read again.</summary>
    public CoverageMap Coverage { get; } = new();
}

/// <summary>
/// Recovers one output's directory (FORMAT.md, Recovery). Everything is made durable before anything is deleted or sent: what
/// a killed process has written is in the page cache, and may still be lost with the power.
/// </summary>
internal sealed partial class OutputRecovery(IStorageDirectory directory, ILogger logger)
{
    private readonly Dictionary<long, ObjectHeader> _headers = [];

    /// <summary>What could be read of the positions. The numbers of all files are in it, too.</summary>
    public LoadedPositions Load()
    {
        var loaded = PositionRecords.Load(directory);
        foreach (var damage in loaded.Damage)
        {
            LogPositionsDamaged(damage);
        }

        foreach (var name in directory.ListFiles())
        {
            if (FileNames.TryParse(name, out var seq, out var state) && state != FileState.Sealing)
            {
                loaded.HighestSeq = Math.Max(loaded.HighestSeq, seq);
                loaded.HighestOpenedAt = Math.Max(loaded.HighestOpenedAt, ReadOpenedAt(name, seq, state));
            }
        }

        return loaded;
    }

    /// <summary>Puts the directory in order. Called once, after all outputs' numbers have been raised in <paramref name="numbering"/>.</summary>
    public RecoveredOutput Recover(LoadedPositions loaded, Numbering numbering)
    {
        MakeDurable();
        var positions = new PositionsJournal(directory, numbering, loaded);
        try
        {
            positions.Open();
            var recovered = new RecoveredOutput(directory, positions);
            recovered.Coverage.Add(loaded.Coverage);
            RecoverObjects(recovered);
            RecoverChunks(recovered);
            return recovered;
        }
        catch
        {
            positions.Dispose();
            throw;
        }
    }

    private long ReadOpenedAt(string name, long seq, FileState state)
    {
        using var file = directory.Open(name);
        if (state == FileState.Chunk)
        {
            using var reader = ChunkReader.Open(file, name);
            return reader?.Header.OpenedAt ?? 0;
        }

        if (ObjectHeader.Read(file, name) is not { } header)
        {
            return 0;
        }

        _headers[seq] = header;
        return header.OpenedAt;
    }

    /// <summary>Objects had their bytes durable before they had their names, and the positions are written anew.</summary>
    private void MakeDurable()
    {
        foreach (var (name, _, _) in Files(s => s == FileState.Chunk))
        {
            using var file = directory.Open(name, writable: true);
            try
            {
                file.Sync();
            }
            catch (StorageException)
            {
                file.WriteAgain(0, file.Length);
                file.Sync();
            }
        }

        directory.Sync();
    }

    private IEnumerable<(string Name, long Seq, FileState State)> Files(Func<FileState, bool> wanted)
    {
        var found = new List<(string, long Seq, FileState)>();
        foreach (var name in directory.ListFiles())
        {
            if (FileNames.TryParse(name, out var seq, out var state) && wanted(state))
            {
                found.Add((name, seq, state));
            }
        }

        return found.OrderBy(f => f.Seq);
    }

    private void RecoverObjects(RecoveredOutput recovered)
    {
        foreach (var (name, _, _) in Files(s => s == FileState.Sealing))
        {
            ObjectFile.Remove(directory, name, fromReserve: true);
        }

        RemoveReplaced();
        var chunks = Files(s => s == FileState.Chunk).Select(f => f.Seq).ToHashSet();
        foreach (var (name, seq, state) in Files(s => s is FileState.Object or FileState.Attempted or FileState.Quarantined))
        {
            RecoverObject(recovered, name, seq, state, chunks.Contains(seq));
        }
    }

    private void RemoveReplaced()
    {
        var replaced = _headers.Values.Select(h => h.Replaces).Where(seq => seq != 0).ToHashSet();
        foreach (var (name, seq, _) in Files(s => s is FileState.Object or FileState.Attempted))
        {
            if (replaced.Contains(seq))
            {
                ObjectFile.Remove(directory, name, _headers.GetValueOrDefault(seq)?.FromReserve == true);
            }
        }
    }

    private void RecoverObject(RecoveredOutput recovered, string name, long seq, FileState state, bool hasChunk)
    {
        if (!_headers.TryGetValue(seq, out var header))
        {
            RecoverBadObject(name, seq, state, hasChunk);
            return;
        }

        if (header.Seq != seq || recovered.Positions.Contains(header.Coverage))
        {
            // Another object's bytes under this name (the reserve, resurrected), or delivered, and only the deletion was lost.
            ObjectFile.Remove(directory, name, header.FromReserve);
            return;
        }

        if (hasChunk)
        {
            if (!BodyChecks(name, header))
            {
                ObjectFile.Remove(directory, name, header.FromReserve);
                return;
            }

            directory.Delete(FileNames.Of(seq, FileState.Chunk));
        }

        recovered.Coverage.Add(header.Coverage);
        var bytes = BufferSpace.OnDisk(header.FileLength);
        if (state == FileState.Quarantined)
        {
            recovered.Quarantined.Add((header.Records, bytes));
            return;
        }

        recovered.Objects.Add(new BacklogItem(seq, header.OpenedAt, header.Prefix)
        {
            State = ItemState.Sealed,
            Attempted = state == FileState.Attempted,
            Records = header.Records,
            FileBytes = bytes,
        });
    }

    /// <summary>Without its header an object covers nothing, so its sources are read again; the file is kept for a look.</summary>
    private void RecoverBadObject(string name, long seq, FileState state, bool hasChunk)
    {
        if (state == FileState.Quarantined)
        {
            return;
        }

        if (hasChunk)
        {
            directory.Delete(name);
            return;
        }

        LogObjectUnreadable(directory.Location, name, state == FileState.Attempted);
        directory.Rename(name, FileNames.Of(seq, FileState.Quarantined));
        directory.Sync();
    }

    private bool BodyChecks(string name, ObjectHeader header)
    {
        using var file = directory.Open(name);
        return ObjectFile.BodyChecks(file, name, header);
    }

    private void RecoverChunks(RecoveredOutput recovered)
    {
        foreach (var (name, _, _) in Files(s => s == FileState.Chunk))
        {
            if (RecoverChunk(recovered, name) is { } chunk)
            {
                recovered.Chunks.Add(chunk);
            }
        }

        var newest = recovered.Chunks.GroupBy(c => c.Header.Prefix, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        recovered.Chunks.ForEach(c => c.IsNewest = newest[c.Header.Prefix] == c);
    }

    /// <summary>Cuts a chunk behind its last whole frame; null when nothing of it is left, or needed.</summary>
    private OpenChunk? RecoverChunk(RecoveredOutput recovered, string name)
    {
        using var file = directory.Open(name, writable: true);
        using var reader = ChunkReader.Open(file, name);
        while (reader?.MoveNext() == true)
        {
        }

        if (reader is null || reader.Records == 0 || recovered.Positions.Contains(reader.Coverage))
        {
            directory.Delete(name);
            return null;
        }

        if (reader.End < file.Length)
        {
            LogChunkCut(directory.Location, name, reader.End, file.Length);
            file.Truncate(reader.End);
            file.Sync();
        }

        recovered.Coverage.Add(reader.Coverage);
        return OpenChunk.From(reader, name);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Damage}; the other copy and what follows are used")]
    private partial void LogPositionsDamaged(string damage);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}/{Name}: the header does not check; it is kept as quarantined and its sources are read again (sent before: {Attempted}, then some records may be stored twice)")]
    private partial void LogObjectUnreadable(string directory, string name, bool attempted);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name}: cut at byte {At} of {Length}, behind the last whole frame; the rest is read from the sources again")]
    private partial void LogChunkCut(string directory, string name, long at, long length);
}
