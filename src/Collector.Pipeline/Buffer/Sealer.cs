using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Seals the closed chunks of one output (FORMAT.md, Object). Runs on the seal loop's thread, which owns the chunk in work. A
/// failure leaves the chunk unchanged.
/// </summary>
internal sealed partial class Sealer(OutputBuffer buffer, Action<CoverageMap> uncover, ILogger logger, bool hashes = true)
{
    private readonly IStorageDirectory _directory = buffer.Directory;
    private SealedChunk? _unpublished;
    private (string Name, bool InReserve)? _halfMade;

    /// <summary>
    /// Seals the oldest closed chunk; false when there is none. Throws <see cref="StorageException"/> when it must be retried
    /// later; unless the disk is full, the next call begins with another chunk, if there is one.
    /// </summary>
    public bool SealNext()
    {
        if (_unpublished is null)
        {
            if (buffer.Backlog.NextToSeal() is not { Chunk: { } chunk } item)
            {
                return false;
            }

            if (!TrySeal(item, chunk))
            {
                return true;
            }
        }

        Publish(_unpublished!);
        _unpublished = null;
        return true;
    }

    /// <summary>False when the chunk was damaged, and is shorter now.</summary>
    private bool TrySeal(BacklogItem item, OpenChunk chunk)
    {
        try
        {
            RemoveHalfMade();
            if (Seal(chunk) is { } done)
            {
                item.WalkedAt = done.Header.IsInPlace ? buffer.Clock.GetTimestamp() : null;
                _unpublished = new SealedChunk(item, chunk, done);
                return true;
            }

            Shorten(item, chunk);
            return false;
        }
        catch (Exception e) when (e is not StorageException { Error: StorageError.Full })
        {
            // A full disk concerns every chunk, so the oldest stays first: the objects after it cannot be sent before it.
            buffer.Backlog.SealFailed(item);
            throw;
        }
    }

    private SealedObject? Seal(OpenChunk chunk)
    {
        chunk.MakeDurable(_directory);
        chunk.ReleaseFile();
        try
        {
            return CanStayInPlace(chunk) ? SealInPlace(chunk) : SealAside(chunk, inReserve: false);
        }
        catch (StorageException e) when (e.Error == StorageError.Full && _directory.TryGetLength(FileNames.Reserve) is not null)
        {
            LogReserveUsed(buffer.Settings.Name, chunk.Name);
            return SealAside(chunk, inReserve: true);
        }
    }

    /// <summary>Nothing is to be compressed, and this process has made every byte of it durable itself.</summary>
    private static bool CanStayInPlace(OpenChunk chunk) => chunk is { Header.Compression: Compression.None, IsRecovered: false };

    /// <summary>
    /// Writes the object's header after the frames: the chunk becomes the object as soon as it has its name. Null when a frame
    /// fails its check: the chunk is then cut before that frame.
    /// </summary>
    private SealedObject? SealInPlace(OpenChunk chunk)
    {
        using var file = _directory.Open(chunk.Name, writable: true);
        using var reader = ChunkReader.Open(file, chunk.Name);
        using var hash = hashes || HasCatalog ? new BodyHash(hashes) : null;
        var body = reader?.End;
        if (reader is null || !WalkFrames(reader, chunk, hash))
        {
            CutDamage(chunk, reader);
            return null;
        }

        // After a failed try everything is written again, because Linux marks its pages as clean after a failed fsync.
        if (file.Length > chunk.Length)
        {
            file.Truncate(chunk.Length);
        }

        var header = ObjectHeader.Of(chunk) with
        {
            IsInPlace = true,
            BodyOffset = body!.Value,
            BodyLength = chunk.Bytes,
            BodyCrc = hash?.Crc ?? 0,
            BodySha256 = hash?.Sha256(),
            Kubernetes = KubernetesOf(reader, file, body.Value),
            Streams = reader.Streams,
            Members = HasCatalog ? [new BodyMember(0, chunk.FirstTime)] : [],
            MemberRoom = HasCatalog ? 1 : 0,
        };
        using var bytes = new ByteBuffer();
        header.WriteBehind(bytes, chunk.Length);
        file.Write(bytes.Written, chunk.Length);
        file.Sync();
        return new SealedObject(header with { FileLength = chunk.Length + bytes.Length }, Members: 1);
    }

    /// <summary>Compresses the frames' records into a file of its own. Null as above.</summary>
    private SealedObject? SealAside(OpenChunk chunk, bool inReserve)
    {
        var name = FileNames.Format(chunk.Header.Seq, FileState.Sealing);
        using var source = _directory.Open(chunk.Name);
        using var reader = ChunkReader.Open(source, chunk.Name);
        RemoveHalfMade();
        try
        {
            using var file = CreateFile(name, inReserve);
            var header = ObjectHeader.Of(chunk) with { FromReserve = inReserve, Kubernetes = reader is null ? "" : KubernetesOf(reader, source, reader.End), MemberRoom = HasCatalog ? MemberedBody.MostMembers(chunk.Bytes) : 0 };
            using var bytes = new ByteBuffer();
            header.Write(bytes);
            header = header with { BodyOffset = bytes.Length };
            if (reader is not null && WriteBody(reader, chunk, file, header.BodyOffset) is { } body)
            {
                header = header with { BodyLength = body.Length, BodyCrc = body.Crc, BodySha256 = body.Sha256, Streams = reader.Streams, Members = HasCatalog ? body.Members : [] };
                bytes.Reset();
                header.Write(bytes);
                file.Write(bytes.Written, 0);
                file.Sync();
                _halfMade = null;
                return new SealedObject(header with { FileLength = header.BodyOffset + header.BodyLength }, body.Members.Count);
            }
        }
        catch (StorageException)
        {
            RemoveHalfMade();
            throw;
        }

        RemoveHalfMade();
        CutDamage(chunk, reader);
        return null;
    }

    private IStorageFile CreateFile(string name, bool inReserve)
    {
        if (!inReserve)
        {
            var file = _directory.Create(name);
            _halfMade = (name, false);
            return file;
        }

        // The name is durable before the first byte is overwritten: an object that was delivered under an older name of this file
        // must not come back with another object's bytes.
        _directory.Rename(FileNames.Reserve, name);
        _halfMade = (name, true);
        _directory.Sync();
        return _directory.Open(name, writable: true);
    }

    /// <summary>A failure is retried before the next object is made, so that the reserve is not lost.</summary>
    private void RemoveHalfMade()
    {
        if (_halfMade is { } half)
        {
            ObjectFile.Remove(_directory, half.Name, half.InReserve);
            _halfMade = null;
        }
    }

    /// <summary>Null when a frame fails its check.</summary>
    private WrittenBody? WriteBody(ChunkReader reader, OpenChunk chunk, IStorageFile file, long at)
    {
        using var body = new BodyWriter(file, at, hashes);
        IReadOnlyList<BodyMember>? members;
        using (var compression = BodyCompressor.Open(chunk.Header.Compression, chunk.Header.Level, body, chunk.Bytes))
        {
            members = MemberedBody.Write(reader, chunk, compression, body);
        }

        if (members is null)
        {
            return null;
        }

        body.Flush();
        return new WrittenBody(body.Length, body.Crc, body.Sha256(), members);
    }

    private bool HasCatalog => buffer.Settings.Catalog.Enabled;

    /// <summary>
    /// The metadata of the records for the catalog; empty: none. Text is only what the log's writer wrote: what looks like metadata in
    /// it proves nothing.
    /// </summary>
    private string KubernetesOf(ChunkReader reader, IStorageFile chunk, long firstFrame) => !HasCatalog ? ""
        : reader.Header.Format == ObjectFormat.Text ? reader.Header.Kubernetes
        : FirstRecord.KubernetesOf(chunk, firstFrame);

    /// <summary>Passes the records of all frames to <paramref name="body"/>; false when a frame fails its check.</summary>
    private static bool WalkFrames(ChunkReader reader, OpenChunk chunk, BodyHash? body)
    {
        while (reader.End < chunk.Length && reader.MoveNext(body, chunk.Bytes))
        {
        }

        return reader.Records == chunk.Records && reader.Bytes == chunk.Bytes;
    }

    /// <summary>
    /// Gives a sealed object its name, and makes the name durable before its chunk, if that is another file, is deleted. Continues
    /// where it failed.
    /// </summary>
    private void Publish(SealedChunk done)
    {
        var (item, chunk, header) = (done.Item, done.Chunk, done.Object.Header);
        if (!done.IsNamed)
        {
            _directory.Rename(header.IsInPlace ? chunk.Name : FileNames.Format(item.Seq, FileState.Sealing), FileNames.Format(item.Seq, FileState.Object));
            done.IsNamed = true;
        }

        _directory.Sync();
        if (!header.IsInPlace)
        {
            _directory.Delete(chunk.Name);
        }

        var before = BufferSpace.OnDisk(chunk.Length);
        var after = BufferSpace.OnDisk(header.FileLength);
        buffer.Space.Add(after - before);
        buffer.Book.Sealed(chunk.Records, before, after);
        buffer.Backlog.Sealed(item, after);
        LogSealed(buffer.Settings.Name, header.Key, header.Records, header.Bytes, header.BodyLength, done.Object.Members, chunk.ClosedFor);
    }

    /// <summary>The coverage after the damage is given back: the sources are read again.</summary>
    private void CutDamage(OpenChunk chunk, ChunkReader? good)
    {
        var kept = good?.Coverage ?? new CoverageMap();
        var lost = new CoverageMap();
        lost.Add(chunk.Coverage);
        lost.Subtract(kept);
        CutOnDisk(chunk, good?.Records > 0 ? good.End : 0);
        LogDamaged(buffer.Settings.Name, chunk.Name, good?.End ?? 0, chunk.Records - (good?.Records ?? 0));
        var before = BufferSpace.OnDisk(chunk.Length);
        chunk.Length = good?.Records > 0 ? good.End : 0;
        var after = BufferSpace.OnDisk(chunk.Length);
        buffer.Book.GivenBack(chunk.Records - (good?.Records ?? 0), before - after, BufferState.Open);
        buffer.Space.Add(after - before);
        chunk.Records = good?.Records ?? 0;
        chunk.Bytes = good?.Bytes ?? 0;
        chunk.SetLastTime(System.Text.Encoding.UTF8.GetBytes(good?.LastTime ?? ""));
        chunk.Coverage = kept;
        uncover(lost);
    }

    /// <summary>
    /// Durable before the sources are read again, or after a crash the frames behind the damage would be found once more.
    /// </summary>
    private void CutOnDisk(OpenChunk chunk, long length)
    {
        if (length == 0)
        {
            _directory.Delete(chunk.Name);
            _directory.Sync();
            buffer.Positions.Unused(chunk.Header.Seq);
            return;
        }

        using var file = _directory.Open(chunk.Name, writable: true);
        file.Truncate(length);
        file.Sync();
    }

    /// <summary>The whole frames of a damaged chunk wait to be sealed; a chunk without any is deleted.</summary>
    private void Shorten(BacklogItem item, OpenChunk chunk)
    {
        item.Records = chunk.Records;
        item.FileBytes = BufferSpace.OnDisk(chunk.Length);
        if (chunk.Records == 0)
        {
            buffer.Backlog.Remove(item);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "output {Output}: sealed {Key}, {Records} records, {Bytes} bytes as {BodyBytes} in {Members} members, because of: {Reason}")]
    private partial void LogSealed(string output, string key, long records, long bytes, long bodyBytes, int members, CloseReason reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the disk is full, so chunk {Chunk} is sealed in the disk space that is reserved for this; objects are uploaded one at a time until space is free; free space on the node's disk")]
    private partial void LogReserveUsed(string output, string chunk);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: chunk {Chunk} is damaged at byte {At}; the {Records} records after it are read from the sources again, and counted as lost where the sources are gone; check the node's disk")]
    private partial void LogDamaged(string output, string chunk, long at, long records);

    /// <summary>The part of a body that has been written.</summary>
    private sealed record WrittenBody(long Length, uint Crc, byte[]? Sha256, IReadOnlyList<BodyMember> Members);

    /// <summary>A complete object on the disk, and the number of its body's members.</summary>
    private sealed record SealedObject(ObjectHeader Header, int Members);

    /// <summary>An object without its name, or with its chunk still beside it.</summary>
    private sealed class SealedChunk(BacklogItem item, OpenChunk chunk, SealedObject made)
    {
        public BacklogItem Item { get; } = item;

        public OpenChunk Chunk { get; } = chunk;

        public SealedObject Object { get; } = made;

        public bool IsNamed { get; set; }
    }
}
