namespace Collector.Testing.Storage;

/// <summary>Bytes with a length; whatever lies beyond the length is zero.</summary>
internal sealed class Content
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public static Content CopyOf(Content other)
    {
        var copy = new Content();
        copy.Write(other.Span, 0);
        return copy;
    }

    public void Write(ReadOnlySpan<byte> data, int offset)
    {
        if (offset + data.Length > Length && data.Length > 0)
            SetLength(offset + data.Length);

        data.CopyTo(_bytes.AsSpan(offset));
    }

    public void SetLength(int length)
    {
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));

        if (length < Length)
            _bytes.AsSpan(length, Length - length).Clear();

        Length = length;
    }
}
