using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tests.Files;

/// <summary>A file in memory, which may grow, and may fail.</summary>
internal sealed class BytesHandle(byte[] bytes) : ISourceHandle
{
    public byte[] Bytes { get; set; } = bytes;

    public bool Fails { get; set; }

    /// <summary>Bytes that were read of it.</summary>
    public long Taken { get; private set; }

    public int Read(Span<byte> buffer, long offset)
    {
        if (Fails)
        {
            throw new IOException("read: Input/output error");
        }

        var rest = Bytes.AsSpan((int)Math.Min(offset, Bytes.Length));
        rest = rest[..Math.Min(rest.Length, buffer.Length)];
        rest.CopyTo(buffer);
        Taken += rest.Length;
        return rest.Length;
    }

    public bool TryGetStatus(out FileStatus status)
    {
        status = new FileStatus(FileKind.Regular, 1, 1, Bytes.Length, 1, 0, 0);
        return true;
    }

    public void Dispose()
    {
    }
}
