using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer;

/// <summary>Sealed objects as files: checking, deleting, copying under a new key. Stateless; safe from any thread.</summary>
internal static class ObjectFile
{
    private const int Piece = 64 * 1024;

    /// <summary>Whether the body still has the checksum of its header.</summary>
    public static bool BodyChecks(IStorageFile file, ObjectHeader header)
    {
        using var buffer = new ByteBuffer(Piece);
        var piece = buffer.GetSpan(Piece)[..Piece];
        uint crc = 0;
        for (long done = 0; done < header.BodyLength;)
        {
            var got = file.Read(piece[..(int)Math.Min(Piece, header.BodyLength - done)], header.BodyOffset + done);
            if (got == 0)
            {
                return false;
            }

            crc = Crc32C.Append(crc, piece[..got]);
            done += got;
        }

        return crc == header.BodyCrc;
    }

    /// <summary>
    /// Deletes an object; one that was made in the reserve becomes the reserve again, unless another as large has taken its
    /// place (on a full disk a half made object may stand in for it).
    /// </summary>
    public static void Remove(IStorageDirectory directory, string name, bool fromReserve)
    {
        if (fromReserve && Reserve.LengthOf(directory) < directory.GetLength(name))
        {
            directory.Rename(name, FileNames.Reserve);
            return;
        }

        directory.Delete(name);
    }

    /// <summary>
    /// Makes a copy of an object under a new chunk id, durable on return; the old file is still there. The time in the key
    /// stays: so does the object's place among those of its prefix.
    /// </summary>
    public static ObjectHeader CopyWithNewKey(IStorageDirectory directory, string name, Numbering numbering)
    {
        using var source = directory.Open(name);
        var old = ObjectHeader.Read(source, name) ?? throw new StorageException(StorageError.Io, $"{directory.Location}/{name}: the header does not check");
        var (seq, _) = numbering.Next();
        var (oldId, newId) = (ChunkHeader.FormatId(old.Seq, old.Instance), ChunkHeader.FormatId(seq, numbering.Instance));
        var header = old with
        {
            Seq = seq,
            Instance = numbering.Instance,
            Replaces = old.Seq,
            FromReserve = false,
            Key = old.Prefix + old.Key[old.Prefix.Length..].Replace(oldId, newId, StringComparison.Ordinal),
        };
        using var bytes = new ByteBuffer();
        header.Write(bytes);
        header = header with { BodyOffset = bytes.Length };
        bytes.Reset();
        header.Write(bytes);
        var sealing = FileNames.Of(seq, FileState.Sealing);
        try
        {
            using (var copy = directory.Create(sealing))
            {
                copy.Write(bytes.Written, 0);
                CopyBody(source, old, copy, header.BodyOffset);
                copy.Sync();
            }

            directory.Rename(sealing, FileNames.Of(seq, FileState.Object));
            directory.Sync();
            return header;
        }
        catch (StorageException)
        {
            // Left there, it would be a second copy beside the one of the next try.
            directory.Delete(sealing);
            directory.Delete(FileNames.Of(seq, FileState.Object));
            throw;
        }
    }

    private static void CopyBody(IStorageFile from, ObjectHeader header, IStorageFile to, long offset)
    {
        using var buffer = new ByteBuffer(Piece);
        var piece = buffer.GetSpan(Piece)[..Piece];
        for (long done = 0; done < header.BodyLength;)
        {
            var got = from.Read(piece[..(int)Math.Min(Piece, header.BodyLength - done)], header.BodyOffset + done);
            if (got == 0)
            {
                throw new StorageException(StorageError.Io, "the file is shorter than its header says");
            }

            to.Write(piece[..got], offset + done);
            done += got;
        }
    }
}

/// <summary>The body of a sealed object as a stream, for the store. Owns the file.</summary>
internal sealed class ObjectBody(IStorageFile file, long offset, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        var got = file.Read(buffer[..(int)Math.Clamp(length - _position, 0, buffer.Length)], offset + _position);
        _position += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
