using System.Security.Cryptography;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Writes the body of an object into a file in large pieces, and computes its checksums on the way. The caller keeps the file. Call
/// <see cref="Flush"/> before reading the results.
/// </summary>
internal sealed class BodyWriter(IStorageFile file, long offset, bool hashes) : WriteOnlyStream
{
    private const int Piece = 128 * 1024;
    private readonly BodyHash _hash = new(hashes);
    private readonly ByteBuffer _pending = new(Piece);
    private long _written;

    public uint Crc => _hash.Crc;

    public override long Position
    {
        get => _written + _pending.Length;
        set => throw new NotSupportedException();
    }

    /// <summary>Null when it was not requested.</summary>
    public byte[]? Sha256() => _hash.Sha256();

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

    public override void Flush()
    {
        file.Write(_pending.Written, offset + _written);
        _hash.Write(_pending.Written);
        _written += _pending.Length;
        _pending.Reset();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pending.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Computes the checksums of everything that is written to it.</summary>
/// <param name="isSha256">Whether the SHA-256 is wanted, too.</param>
internal sealed class BodyHash(bool isSha256) : WriteOnlyStream
{
    private readonly IncrementalHash? _sha256 = isSha256 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;

    /// <summary>CRC32C so far.</summary>
    public uint Crc { get; private set; }

    /// <summary>Call once, at the end; null when it was not requested.</summary>
    public byte[]? Sha256() => _sha256?.GetHashAndReset();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Crc = Crc32C.Append(Crc, buffer);
        _sha256?.AppendData(buffer);
    }

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _sha256?.Dispose();
        }

        base.Dispose(disposing);
    }
}
