using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Recovers one output's directory (FORMAT.md, Recovery). Everything is made durable before anything is deleted or sent: the writes
/// of a killed process are in the page cache, and may still be lost in a power failure.
/// </summary>
internal sealed partial class OutputRecovery(IStorageDirectory directory, ILogger logger)
{
    private FoundFiles _found = null!;

    /// <summary>
    /// The readable positions; they include the numbers of all files. Changes nothing. Throws <see cref="FormatVersionException"/>
    /// when any file has an unknown version.
    /// </summary>
    public LoadedPositions Load()
    {
        var files = directory.ListFiles();
        var loaded = LoadedPositions.Load(directory, files);
        foreach (var damage in loaded.Damage)
        {
            LogPositionsDamaged(damage);
        }

        _found = new FoundFiles(directory, loaded, logger);
        _found.Sort(files);
        return loaded;
    }

    /// <summary>Puts the directory in order. Called once, after all outputs' numbers have been raised in <paramref name="numbering"/>.</summary>
    /// <param name="loaded">From <see cref="Load"/>.</param>
    /// <param name="numbering">The numbers of all outputs.</param>
    /// <param name="hasCatalog">Objects get lines in the catalog.</param>
    public RecoveredOutput Recover(LoadedPositions loaded, Numbering numbering, bool hasCatalog = true)
    {
        MakeDurable();
        var positions = new PositionsJournal(directory, numbering, loaded);
        try
        {
            if (!hasCatalog)
            {
                positions.EndCatalog();
            }

            positions.Open();
            _found.Sealing.ForEach(seq => ObjectFile.Remove(directory, FileNames.Format(seq, FileState.Sealing), fromReserve: true));
            _found.Others.ForEach(other => Resolve(other, positions));
            var recovered = new RecoveredOutput(directory, positions) { Objects = _found.Objects, Coverage = _found.Coverage };
            recovered.Quarantined.AddRange(_found.Quarantined);
            recovered.Coverage.Add(loaded.Coverage);
            new ChunkRecovery(directory, recovered, logger).Run(_found.Chunks);
            return recovered;
        }
        catch
        {
            positions.Dispose();
            throw;
        }
    }

    /// <summary>Objects had durable bytes before they had their names, and the positions are written again.</summary>
    private void MakeDurable()
    {
        foreach (var seq in _found.Chunks)
        {
            using var file = directory.Open(FileNames.Format(seq, FileState.Chunk), writable: true);
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

    private void Resolve(FoundFile other, PositionsJournal positions)
    {
        switch (other.Kind)
        {
            case FoundKind.Superseded:
                ObjectFile.Remove(directory, other.Name, other.FromReserve);
                break;
            case FoundKind.Replaced:
                ObjectFile.Remove(directory, other.Name, other.FromReserve);
                positions.Unused(other.Seq);
                break;
            case FoundKind.BesideChunk:
                ChooseObjectOrChunk(other);
                break;
            case FoundKind.Unreadable when other.State != FileState.Quarantined:
                LogObjectUnreadable(directory.Location, other.Name, other.State == FileState.Attempted ? "; if the object was sent before, its records are stored twice" : "");
                PutAside(other);
                break;
            case FoundKind.Foreign when other.State != FileState.Quarantined:
                LogForeign(directory.Location, other.Name);
                PutAside(other);
                break;
        }
    }

    /// <summary>Both hold the same records: the object is used if it is whole.</summary>
    private void ChooseObjectOrChunk(FoundFile other)
    {
        ObjectHeader? header;
        bool isWhole;
        using (var file = directory.Open(other.Name))
        {
            header = ObjectHeader.Read(file, other.Name);
            isWhole = header is not null && ObjectFile.BodyChecks(file, other.Name, header);
        }

        if (!isWhole)
        {
            ObjectFile.Remove(directory, other.Name, other.FromReserve);
            return;
        }

        directory.Delete(FileNames.Format(other.Seq, FileState.Chunk));
        _found.Chunks.Remove(other.Seq);
        _found.Add(other.Seq, other.State, header!);
    }

    /// <summary>It covers nothing, so its sources are read again; the file is kept for inspection.</summary>
    private void PutAside(FoundFile other)
    {
        var name = FileNames.Format(other.Seq, FileState.Quarantined);
        if (directory.TryGetLength(name) is not null)
        {
            directory.Delete(other.Name);
            return;
        }

        directory.Rename(other.Name, name);
        directory.Sync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Damage}; positions are taken from the other copy and from the undamaged part of this one; logs without a position are read again; check the node's disk")]
    private partial void LogPositionsDamaged(string damage);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}/{Name} is not sent, because its header is damaged; the file is quarantined, and its records are read from the sources again{Consequence}; check the node's disk")]
    private partial void LogObjectUnreadable(string directory, string name, string consequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}/{Name} is not sent, because its header has the number of another file, so the file was copied or renamed; it is quarantined; remove it")]
    private partial void LogForeign(string directory, string name);
}
