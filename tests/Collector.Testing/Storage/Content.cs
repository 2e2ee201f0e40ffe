namespace Collector.Testing.Storage;

/// <summary>
/// Bytes with a length; whatever lies beyond the length is zero. Zeros at the end take no memory, and a copy shares its bytes
/// until one of the two is changed: files are preallocated, and a disk is copied at every crash.
/// </summary>
internal sealed class Content
{
    private byte[] _bytes = [];

    /// <summary>How many of <see cref="_bytes"/> have been written; those behind them are zero.</summary>
    private int _written;

    private bool _isShared;

    public int Length { get; private set; }

    public static Content CopyOf(Content other)
    {
        other._isShared = true;
        return new Content { _bytes = other._bytes, _written = other._written, _isShared = true, Length = other.Length };
    }

    /// <summary>Up to the length; returns how many there are.</summary>
    public int Read(Span<byte> buffer, int offset)
    {
        var count = Math.Clamp(Length - offset, 0, buffer.Length);
        var written = Math.Clamp(_written - offset, 0, count);
        if (written > 0)
            _bytes.AsSpan(offset, written).CopyTo(buffer);

        buffer[written..count].Clear();
        return count;
    }

    public void Write(ReadOnlySpan<byte> data, int offset)
    {
        if (data.Length == 0)
            return;

        var end = offset + data.Length;
        MakeRoom(end);
        data.CopyTo(_bytes.AsSpan(offset));
        _written = Math.Max(_written, end);
        Length = Math.Max(Length, end);
    }

    public void SetLength(int length)
    {
        if (length < _written)
        {
            MakeRoom(_written);
            _bytes.AsSpan(length, _written - length).Clear();
            _written = length;
        }

        Length = length;
    }

    private void MakeRoom(int end)
    {
        if (!_isShared && end <= _bytes.Length)
            return;

        var bytes = new byte[end <= _bytes.Length ? _bytes.Length : Math.Max(end, 2 * _bytes.Length)];
        _bytes.AsSpan(0, _written).CopyTo(bytes);
        (_bytes, _isShared) = (bytes, false);
    }
}
