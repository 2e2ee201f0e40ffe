using System.Security.Cryptography;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Makes objects of the closed chunks of one output (FORMAT.md, Object). Runs on the seal loop's thread; the chunk it works
/// on belongs to it. Whatever fails leaves the chunk as it was.
/// </summary>
internal sealed partial class Sealer(OutputBuffer buffer, Action<CoverageMap> uncover, ILogger logger)
{
    private readonly IStorageDirectory _directory = buffer.Directory;
    private SealedChunk? _unpublished;
    private (string Name, bool InReserve)? _halfMade;

    /// <summary>
    /// Seals the oldest closed chunk; false when there is none. Throws <see cref="StorageException"/> when it has to be
    /// tried again later; unless the disk is full, the next call begins with another one, if there is one.
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
            if (Seal(chunk) is { } header)
            {
                _unpublished = new SealedChunk(item, chunk, header);
                return true;
            }

            Shorten(item, chunk);
            return false;
        }
        catch (Exception e) when (e is not StorageException { Error: StorageError.Full })
        {
            // A full disk is everybody's: there the oldest stays first, as the objects behind it cannot leave before it.
            buffer.Backlog.SealFailed(item);
            throw;
        }
    }

    private ObjectHeader? Seal(OpenChunk chunk)
    {
        try
        {
            return Seal(chunk, inReserve: false);
        }
        catch (StorageException e) when (e.Error == StorageError.Full && _directory.ListFiles().Contains(FileNames.Reserve))
        {
            LogReserveUsed(buffer.Settings.Name, chunk.Name);
            return Seal(chunk, inReserve: true);
        }
    }

    /// <summary>Null when a frame of the chunk does not check: the chunk is then cut in front of it.</summary>
    private ObjectHeader? Seal(OpenChunk chunk, bool inReserve)
    {
        var name = FileNames.Of(chunk.Header.Seq, FileState.Sealing);
        using var source = _directory.Open(chunk.Name);
        using var reader = ChunkReader.Open(source, chunk.Name);
        RemoveHalfMade();
        try
        {
            using var file = CreateFile(name, inReserve);
            var header = Compose(chunk, inReserve);
            if (reader is not null && WriteBody(reader, chunk, file, ref header))
            {
                using var bytes = new ByteBuffer();
                header.Write(bytes);
                file.Write(bytes.Written, 0);
                file.Sync();
                _halfMade = null;
                return header;
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

        // The name is durable before the first byte is overwritten: what was delivered under an older name of this file
        // must not come back with another object's bytes.
        _directory.Rename(FileNames.Reserve, name);
        _halfMade = (name, true);
        _directory.Sync();
        return _directory.Open(name, writable: true);
    }

    /// <summary>When it fails, it is tried again before the next object is made: the reserve is not to be lost.</summary>
    private void RemoveHalfMade()
    {
        if (_halfMade is { } half)
        {
            ObjectFile.Remove(_directory, half.Name, half.InReserve);
            _halfMade = null;
        }
    }

    private ObjectHeader Compose(OpenChunk chunk, bool inReserve)
    {
        var header = new ObjectHeader
        {
            Seq = chunk.Header.Seq,
            Instance = chunk.Header.Instance,
            OpenedAt = chunk.Header.OpenedAt,
            Key = chunk.Header.Key,
            Prefix = chunk.Header.Prefix,
            ContentType = chunk.Header.ContentType,
            Node = chunk.Header.Node,
            Records = chunk.Records,
            Bytes = chunk.Bytes,
            FirstTime = chunk.FirstTime,
            LastTime = chunk.LastTime,
            BodyOffset = 0,
            BodyLength = 0,
            BodyCrc = 0,
            BodySha256 = new byte[SHA256.HashSizeInBytes],
            FromReserve = inReserve,
            Coverage = chunk.Coverage,
        };
        using var bytes = new ByteBuffer();
        header.Write(bytes);
        return header with { BodyOffset = bytes.Length };
    }

    private static bool WriteBody(ChunkReader reader, OpenChunk chunk, IStorageFile file, ref ObjectHeader header)
    {
        using var body = new BodyWriter(file, header.BodyOffset);
        using (var compressor = BodyCompressor.Open(chunk.Header.Compression, chunk.Header.Level, body, chunk.Bytes))
        {
            while (reader.End < chunk.Length && reader.MoveNext(compressor, chunk.Bytes))
            {
            }

            if (reader.Records != chunk.Records || reader.Bytes != chunk.Bytes)
            {
                return false;
            }
        }

        body.Flush();
        header = header with { BodyLength = body.Length, BodyCrc = body.Crc, BodySha256 = body.Sha256() };
        return true;
    }

    /// <summary>Gives a sealed object its name, and makes that durable before its chunk goes. Goes on where it failed.</summary>
    private void Publish(SealedChunk done)
    {
        var (item, chunk, header) = (done.Item, done.Chunk, done.Header);
        if (!done.IsNamed)
        {
            _directory.Rename(FileNames.Of(item.Seq, FileState.Sealing), FileNames.Of(item.Seq, FileState.Object));
            done.IsNamed = true;
        }

        _directory.Sync();
        _directory.Delete(chunk.Name);
        var before = BufferSpace.OnDisk(chunk.Length);
        var after = BufferSpace.OnDisk(header.BodyOffset + header.BodyLength);
        buffer.Space.Add(after - before);
        buffer.Book.Sealed(chunk.Records, before, after);
        buffer.Backlog.Sealed(item, after);
    }

    /// <summary>The coverage behind the damage is given back: the sources are read again.</summary>
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

    /// <summary>Durable before the sources are read again, or a crash would find the frames behind the damage once more.</summary>
    private void CutOnDisk(OpenChunk chunk, long length)
    {
        if (length == 0)
        {
            _directory.Delete(chunk.Name);
            _directory.Sync();
            return;
        }

        using var file = _directory.Open(chunk.Name, writable: true);
        file.Truncate(length);
        file.Sync();
    }

    /// <summary>Of a damaged chunk what is whole waits to be sealed; one with nothing whole is gone.</summary>
    private void Shorten(BacklogItem item, OpenChunk chunk)
    {
        item.Records = chunk.Records;
        item.FileBytes = BufferSpace.OnDisk(chunk.Length);
        if (chunk.Records == 0)
        {
            buffer.Backlog.Remove(item);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the disk is full; chunk {Chunk} is sealed in the reserve")]
    private partial void LogReserveUsed(string output, string chunk);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: chunk {Chunk} is damaged at byte {At}; {Records} records behind it are read from their sources again")]
    private partial void LogDamaged(string output, string chunk, long at, long records);

    /// <summary>An object that is whole on the disk, and has not got its name, or still has its chunk beside it.</summary>
    private sealed class SealedChunk(BacklogItem item, OpenChunk chunk, ObjectHeader header)
    {
        public BacklogItem Item { get; } = item;

        public OpenChunk Chunk { get; } = chunk;

        public ObjectHeader Header { get; } = header;

        public bool IsNamed { get; set; }
    }

    /// <summary>Writes the body in pieces, with its checksums on the way.</summary>
    private sealed class BodyWriter(IStorageFile file, long offset) : Stream
    {
        private const int Piece = 128 * 1024;
        private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly ByteBuffer _pending = new(Piece);
        private long _written;

        public uint Crc { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _written;

        public override long Position
        {
            get => _written;
            set => throw new NotSupportedException();
        }

        public byte[] Sha256() => _sha256.GetHashAndReset();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                var part = buffer[..Math.Min(buffer.Length, Piece - _pending.Length)];
                _pending.Append(part);
                buffer = buffer[part.Length..];
                if (_pending.Length == Piece)
                {
                    Flush();
                }
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            file.Write(_pending.Written, offset + _written);
            Crc = Crc32C.Append(Crc, _pending.Written);
            _sha256.AppendData(_pending.Written);
            _written += _pending.Length;
            _pending.Reset();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _pending.Dispose();
                _sha256.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
