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

    /// <summary>
    /// Seals the oldest closed chunk; false when there is none. Throws <see cref="StorageException"/> when it has to be
    /// tried again later.
    /// </summary>
    public bool SealNext()
    {
        if (buffer.Backlog.NextToSeal() is not { Chunk: { } chunk } item)
        {
            return false;
        }

        if (Seal(chunk) is { } header)
        {
            Publish(item, chunk, header);
        }
        else if (chunk.Records == 0)
        {
            Discard(item, chunk);
        }

        return true;
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
        var file = CreateFile(name, inReserve);
        try
        {
            var header = Compose(chunk, inReserve);
            if (reader is null || !WriteBody(reader, chunk, file, ref header))
            {
                file.Dispose();
                ObjectFile.Remove(_directory, name, inReserve);
                CutDamage(chunk, reader);
                return null;
            }

            using var bytes = new ByteBuffer();
            header.Write(bytes);
            file.Write(bytes.Written, 0);
            file.Sync();
            file.Dispose();
            return header;
        }
        catch (StorageException)
        {
            file.Dispose();
            ObjectFile.Remove(_directory, name, inReserve);
            throw;
        }
    }

    private IStorageFile CreateFile(string name, bool inReserve)
    {
        _directory.Delete(name);
        if (!inReserve)
        {
            return _directory.Create(name);
        }

        // The name is durable before the first byte is overwritten: what was delivered under an older name of this file
        // must not come back with another object's bytes.
        _directory.Rename(FileNames.Reserve, name);
        _directory.Sync();
        return _directory.Open(name, writable: true);
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
            while (reader.End < chunk.Length && reader.MoveNext(compressor))
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

    private void Publish(BacklogItem item, OpenChunk chunk, ObjectHeader header)
    {
        _directory.Rename(FileNames.Of(item.Seq, FileState.Sealing), FileNames.Of(item.Seq, FileState.Object));
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
        LogDamaged(buffer.Settings.Name, chunk.Name, good?.End ?? 0, chunk.Records - (good?.Records ?? 0));
        var before = BufferSpace.OnDisk(chunk.Length);
        chunk.Length = good?.End ?? 0;
        var after = BufferSpace.OnDisk(chunk.Length);
        buffer.Book.GivenBack(chunk.Records - (good?.Records ?? 0), before - after, BufferState.Open);
        buffer.Space.Add(after - before);
        chunk.Records = good?.Records ?? 0;
        chunk.Bytes = good?.Bytes ?? 0;
        chunk.SetLastTime(System.Text.Encoding.UTF8.GetBytes(good?.LastTime ?? ""));
        chunk.Coverage = kept;
        CutOnDisk(chunk);
        uncover(lost);
    }

    /// <summary>Durable before the sources are read again, or a crash would find the frames behind the damage once more.</summary>
    private void CutOnDisk(OpenChunk chunk)
    {
        if (chunk.Records == 0)
        {
            _directory.Delete(chunk.Name);
            _directory.Sync();
            return;
        }

        using var file = _directory.Open(chunk.Name, writable: true);
        file.Truncate(chunk.Length);
        file.Sync();
    }

    private void Discard(BacklogItem item, OpenChunk chunk)
    {
        buffer.Book.GivenBack(0, BufferSpace.OnDisk(chunk.Length), BufferState.Open);
        buffer.Space.Add(-BufferSpace.OnDisk(chunk.Length));
        buffer.Backlog.Remove(item);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the disk is full; chunk {Chunk} is sealed in the reserve")]
    private partial void LogReserveUsed(string output, string chunk);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: chunk {Chunk} is damaged at byte {At}; {Records} records behind it are read from their sources again")]
    private partial void LogDamaged(string output, string chunk, long at, long records);

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
