using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>What a file under an object's name turned out to be.</summary>
internal enum FoundKind
{
    /// <summary>Its chunk is still beside it.</summary>
    BesideChunk,

    /// <summary>Its deletion, or a second name of it, was not durable; or it is the reserve.</summary>
    Superseded,

    /// <summary>There is a copy of it under a new key.</summary>
    Replaced,

    /// <summary>Its header fails its check.</summary>
    Unreadable,

    /// <summary>Its header has another seq than its name.</summary>
    Foreign,
}

/// <summary>A file that needs an action.</summary>
internal readonly record struct FoundFile(long Seq, FileState State, FoundKind Kind, bool FromReserve)
{
    public string Name => FileNames.Format(Seq, State);
}

/// <summary>
/// Reads every file of an output's directory once, and changes nothing: one listing and one header for each object, of which a few
/// dozen bytes are kept (S-136: there may be 250,000). Coverage is collected on the way.
/// </summary>
internal sealed partial class FoundFiles(IStorageDirectory directory, LoadedPositions positions, ILogger logger)
{
    private readonly HashSet<long> _replaced = [];

    /// <summary>Seqs of unfinished chunks, ascending.</summary>
    public List<long> Chunks { get; } = [];

    /// <summary>Half made objects.</summary>
    public List<long> Sealing { get; } = [];

    /// <summary>Objects that are whole according to their headers, by seq.</summary>
    public List<BacklogItem> Objects { get; } = [];

    public List<(long Records, long Bytes)> Quarantined { get; } = [];

    /// <summary>Objects that need an action.</summary>
    public List<FoundFile> Others { get; } = [];

    /// <summary>The objects' coverage.</summary>
    public CoverageMap Coverage { get; } = new();

    /// <param name="files">The directory's listing.</param>
    public void Sort(IReadOnlyList<string> files)
    {
        var found = new List<(long Seq, FileState State)>();
        foreach (var name in files)
        {
            if (FileNames.TryParse(name, out var seq, out var state))
            {
                found.Add((seq, state));
            }
        }

        found.Sort();
        for (int from = 0, to; from < found.Count; from = to)
        {
            for (to = from + 1; to < found.Count && found[to].Seq == found[from].Seq; to++)
            {
            }

            SortFiles(found[from].Seq, found[from..to].ConvertAll(f => f.State));
        }

        SortDirectories();
        RemoveReplaced();
    }

    private void SortDirectories()
    {
        foreach (var name in directory.ListDirectories())
        {
            if (FileNames.TryParse(name, out var seq, out _))
            {
                LogNoFile(directory.Location, name);
                positions.Raise(seq, 0);
            }
        }
    }

    /// <summary>All files of one seq, in the order of their states.</summary>
    private void SortFiles(long seq, List<FileState> states)
    {
        positions.Raise(seq, 0);
        var isStored = positions.Stored.Contains(seq);
        if (!isStored && states.Exists(state => state != FileState.Sealing))
        {
            positions.Pending.Add(seq);
        }

        if (states.Remove(FileState.Sealing) && IsFile(FileNames.Format(seq, FileState.Sealing), name => directory.GetLength(name)))
        {
            Sealing.Add(seq);
        }

        var hasChunk = states.Remove(FileState.Chunk) && IsFile(FileNames.Format(seq, FileState.Chunk), name => SortChunk(seq, name, isStored));

        var hasObject = false;
        for (var i = states.Count - 1; i >= 0; i--)
        {
            var (state, hasFarther) = (states[i], hasObject);
            IsFile(FileNames.Format(seq, state), name => hasObject |= SortObject(seq, name, state, isStored, hasFarther, hasChunk));
        }
    }

    /// <summary>
    /// Reads the header of a file. Anything but a regular file is logged and left alone: reading it might block for ever, or have
    /// side effects.
    /// </summary>
    private bool IsFile(string name, Action<string> look)
    {
        try
        {
            look(name);
            return true;
        }
        catch (StorageException e) when (e.Error == StorageError.NotAFile)
        {
            LogNoFile(directory.Location, name);
            return false;
        }
    }

    private void SortChunk(long seq, string name, bool isStored)
    {
        using var file = directory.Open(name);
        using var reader = ChunkReader.Open(file, $"{directory.Location}/{name}");
        positions.Raise(seq, reader?.Header.OpenedAt ?? 0);
        if (isStored)
        {
            Others.Add(new FoundFile(seq, FileState.Chunk, FoundKind.Superseded, FromReserve: false));
        }
        else if (reader is not null && reader.Header.Seq != seq)
        {
            Others.Add(new FoundFile(seq, FileState.Chunk, FoundKind.Foreign, FromReserve: false));
        }
        else
        {
            Chunks.Add(seq);
        }
    }

    /// <summary>True when it is the object of its seq.</summary>
    private bool SortObject(long seq, string name, FileState state, bool isStored, bool hasFarther, bool hasChunk)
    {
        var header = ReadHeader(name);
        positions.Raise(seq, header?.OpenedAt ?? 0);
        if (header?.Seq != seq)
        {
            // A reserve under an old name of an object becomes the reserve again.
            var kind = isStored || header?.FromReserve == true ? FoundKind.Superseded
                : header is not null ? FoundKind.Foreign
                : hasChunk && state != FileState.Quarantined ? FoundKind.BesideChunk
                : FoundKind.Unreadable;
            Others.Add(new FoundFile(seq, state, kind, header?.FromReserve == true));
            return false;
        }

        if (isStored || hasFarther)
        {
            Others.Add(new FoundFile(seq, state, FoundKind.Superseded, header.FromReserve));
        }
        else if (hasChunk)
        {
            Others.Add(new FoundFile(seq, state, FoundKind.BesideChunk, header.FromReserve));
        }
        else
        {
            Add(seq, state, header);
        }

        return true;
    }

    private ObjectHeader? ReadHeader(string name)
    {
        using var file = directory.Open(name);
        return ObjectHeader.Read(file, $"{directory.Location}/{name}");
    }

    /// <summary>An object that stays.</summary>
    public void Add(long seq, FileState state, ObjectHeader header)
    {
        Coverage.Add(header.Coverage);
        if (header.Span is { } span)
        {
            positions.Catalog.Hold(span);
        }

        var bytes = BufferSpace.OnDisk(header.FileLength);
        if (state == FileState.Quarantined)
        {
            Quarantined.Add((header.BufferedRecords, bytes));
            return;
        }

        if (header.Replaces != 0)
        {
            _replaced.Add(header.Replaces);
        }

        Objects.Add(new BacklogItem(seq, header.OpenedAt, PrefixId.Of(header.Prefix))
        {
            State = ItemState.Sealed,
            Attempted = state == FileState.Attempted,
            Records = header.BufferedRecords,
            FileBytes = bytes,
        });
    }

    /// <summary>The copy has the same coverage as its original.</summary>
    private void RemoveReplaced() => Objects.RemoveAll(item =>
    {
        var isReplaced = _replaced.Contains(item.Seq);
        if (isReplaced)
        {
            var state = item.Attempted ? FileState.Attempted : FileState.Object;
            Others.Add(new FoundFile(item.Seq, state, FoundKind.Replaced, ReadHeader(FileNames.Format(item.Seq, state))?.FromReserve == true));
        }

        return isReplaced;
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name} is not a regular file, so the collector ignores it; remove it")]
    private partial void LogNoFile(string directory, string name);
}
