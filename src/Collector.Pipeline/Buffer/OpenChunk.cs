using System.Text;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// A chunk that takes frames. Owned by the tail worker until it is closed, then by the seal loop. Only syncing may run in parallel
/// on another thread: the kernel handles an fsync beside a write, and bytes that are written meanwhile count as not synced.
/// </summary>
internal sealed class OpenChunk(Partition partition, ChunkHeader header, string name) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>
    /// One sync at a time: the kernel reports a failure once for each descriptor, and the other caller would see success.
    /// </summary>
    private readonly Lock _syncing = new();

    private IStorageFile? _file;
    private volatile bool _entryDurable;
    private bool _syncFailed;
    private long _syncedLength;
    private long _length;
    private readonly byte[] _lastTime = new byte[Batch.LongestTime];
    private int _lastTimeLength;

    public Partition Partition { get; } = partition;

    public ChunkHeader Header { get; } = header;

    public string Name { get; } = name;

    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    /// <summary>Bytes of the records in it.</summary>
    public long Bytes { get; set; }

    public long Records { get; set; }

    /// <summary>The first record's time, as the runtime wrote it.</summary>
    public string FirstTime { get; set; } = "";

    public string LastTime => Encoding.UTF8.GetString(_lastTime.AsSpan(0, _lastTimeLength));

    public CoverageMap Coverage { get; set; } = new();

    /// <summary>The identities of the generations in its frames.</summary>
    public ToldGenerations Told { get; } = new();

    /// <summary>When it is to be sealed, on the monotonic clock.</summary>
    public long DueAt { get; set; }

    /// <summary>Why it could not be closed, as it was logged last; empty: it was not tried, or nothing was wrong.</summary>
    public string CloseError { get; set; } = "";

    /// <summary>The directory has been synced since it was created.</summary>
    public bool EntryDurable
    {
        get => _entryDurable;
        set => _entryDurable = value;
    }

    /// <summary>No newer chunk of its partition exists. Only then may it take frames.</summary>
    public bool IsNewest { get; set; } = true;

    /// <summary>Why it was closed; meaningless while it is open.</summary>
    public CloseReason ClosedFor { get; set; }

    /// <summary>The one chain it holds records of; null when there are several.</summary>
    public string? OnlyChain { get; set; }

    /// <summary>
    /// It was found after a restart. The process before may have died of a failed fsync: then the page cache differs from the disk,
    /// and no fsync will report it.
    /// </summary>
    public bool IsRecovered { get; private init; }

    /// <summary>A power loss may take some of it.</summary>
    public bool IsDirty => Volatile.Read(ref _syncedLength) < Length || !EntryDurable;

    public bool HasFile => _file is not null;

    /// <summary>
    /// A chunk found after a restart, up to the end that <paramref name="walked"/> found; recovery has made it and its name
    /// durable.
    /// </summary>
    public static OpenChunk From(ChunkReader walked, string name)
    {
        var chains = walked.Coverage.Entries.Select(e => e.Identity.Chain).Distinct(StringComparer.Ordinal).Take(2).ToList();
        var chunk = new OpenChunk(new Partition(walked.Header.Prefix), walked.Header, name)
        {
            Length = walked.End,
            Bytes = walked.Bytes,
            Records = walked.Records,
            FirstTime = walked.FirstTime,
            Coverage = walked.Coverage,
            EntryDurable = true,
            IsRecovered = true,
            _syncedLength = walked.End,
            OnlyChain = chains is [var only] ? only : null,
        };
        chunk.SetLastTime(Encoding.UTF8.GetBytes(walked.LastTime));
        return chunk;
    }

    /// <summary>The open file; reopened after <see cref="ReleaseFile"/>.</summary>
    public IStorageFile File(IStorageDirectory directory)
    {
        lock (_lock)
        {
            return _file ??= directory.Open(Name, writable: true);
        }
    }

    public void Attach(IStorageFile file) => _file = file;

    /// <summary>Kept as bytes: it changes with every frame.</summary>
    public void SetLastTime(ReadOnlySpan<byte> time)
    {
        if (!time.IsEmpty)
        {
            time.CopyTo(_lastTime);
            _lastTimeLength = time.Length;
        }
    }

    /// <summary>Makes durable what was written until now.</summary>
    /// <param name="directory">Where the chunk is.</param>
    /// <param name="cut">Whether to cut off the bytes after <see cref="Length"/>, durably too.</param>
    public void SyncToDisk(IStorageDirectory directory, bool cut = false)
    {
        lock (_syncing)
        {
            var length = Length;
            if (_syncedLength >= length && !cut)
            {
                return;
            }

            var file = File(directory);
            if (cut)
            {
                file.Truncate(length);
            }

            if (_syncFailed)
            {
                file.WriteAgain(_syncedLength, length);
            }

            _syncFailed = true;
            file.Sync();
            _syncFailed = false;
            Volatile.Write(ref _syncedLength, length);
        }
    }

    /// <summary>Makes durable what was written until now, and the name.</summary>
    public void MakeDurable(IStorageDirectory directory, bool cut = false)
    {
        SyncToDisk(directory, cut);
        if (!EntryDurable)
        {
            directory.Sync();
            EntryDurable = true;
        }
    }

    /// <summary>Closes the descriptor; the chunk stays open for frames.</summary>
    public void ReleaseFile()
    {
        lock (_syncing)
        {
            lock (_lock)
            {
                _file?.Dispose();
                _file = null;
            }
        }
    }

    public void Dispose() => ReleaseFile();
}
