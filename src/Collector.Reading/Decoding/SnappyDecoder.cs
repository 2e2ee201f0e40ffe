using System.Buffers;
using System.Buffers.Binary;

namespace Collector.Reading.Decoding;

/// <summary>
/// One raw Snappy block (format_description.txt of google/snappy) as a stream: the length, then literals and copies. All encoders
/// work on fragments of 64 KiB and copy only from the current one, so only that much history is kept; a copy from further back,
/// which the format allows, is reported as damage.
/// </summary>
internal sealed class SnappyDecoder(Stream body) : BodyDecoder
{
    private const int History = 1 << 16;
    private const int InputSize = 64 * 1024;

    /// <summary>The history, and room for the text that one element and one call add.</summary>
    private readonly byte[] _output = ArrayPool<byte>.Shared.Rent(4 * History);
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(InputSize);
    private int _start;
    private int _end;
    private int _given;
    private int _made;
    private long _total;
    private long _expected = -1;
    private int _literal;

    public override int Read(Span<byte> to)
    {
        if (_expected < 0)
            _expected = ReadLength();

        while (_given == _made)
        {
            if (_total == _expected && _literal == 0)
                return 0;
            Slide();
            Element();
        }

        var ready = _output.AsSpan(_given, Math.Min(_made - _given, to.Length));
        ready.CopyTo(to);
        _given += ready.Length;
        return ready.Length;
    }

    public override void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_output);
        ArrayPool<byte>.Shared.Return(_input);
        body.Dispose();
    }

    private void Slide()
    {
        if (_made < 2 * History)
            return;
        _output.AsSpan(_made - History, History).CopyTo(_output);
        _given = _made = History;
    }

    private long ReadLength()
    {
        long length = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var value = Next();
            length |= (long)(value & 0x7F) << shift;
            if (value < 0x80)
                return length;
        }

        throw new DamagedObjectException("it is not a snappy block");
    }

    private void Element()
    {
        if (_literal > 0)
        {
            CopyLiteral();
            return;
        }

        var tag = Next();
        switch (tag & 3)
        {
            case 0:
                var length = tag >> 2;
                _literal = 1 + (length < 60 ? length : (int)Number(length - 59));
                CopyLiteral();
                break;
            case 1:
                Copy(((tag >> 2) & 7) + 4, ((tag & 0xE0) << 3) | Next());
                break;
            case 2:
                Copy((tag >> 2) + 1, (int)Number(2));
                break;
            default:
                Copy((tag >> 2) + 1, Number(4));
                break;
        }
    }

    /// <summary>The part of a literal that fits into the output at once.</summary>
    private void CopyLiteral()
    {
        if (_start == _end)
            Fill();
        var part = _input.AsSpan(_start, Math.Min(Math.Min(_literal, _end - _start), History));
        if (_literal < 0 || part.Length > _expected - _total)
            throw TooLong();
        part.CopyTo(_output.AsSpan(_made));
        (_start, _made, _literal, _total) = (_start + part.Length, _made + part.Length, _literal - part.Length, _total + part.Length);
    }

    private void Copy(int length, long distance)
    {
        if (distance == 0 || distance > _made)
            throw new DamagedObjectException($"its snappy data is damaged after {_total} bytes of text: a copy from {distance} bytes back");
        if (length > _expected - _total)
            throw TooLong();
        for (var i = 0; i < length; i++, _made++)
            _output[_made] = _output[_made - (int)distance];
        _total += length;
    }

    private DamagedObjectException TooLong() => new($"its snappy data has more than the {_expected} bytes of text that it announces");

    private long Number(int bytes)
    {
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        for (var i = 0; i < bytes; i++)
            number[i] = Next();
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }

    private byte Next()
    {
        if (_start == _end)
            Fill();
        return _input[_start++];
    }

    private void Fill()
    {
        _start = 0;
        _end = body.Read(_input.AsSpan(0, InputSize));
        if (_end == 0)
            throw new DamagedObjectException($"it ends within its snappy data, after {_total} of {Math.Max(_expected, 0)} bytes of text");
    }
}
