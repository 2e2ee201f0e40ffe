using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Sources.Files.Gzip;

namespace Collector.Reading.Decoding;

/// <summary>
/// gzip members (RFC 1952), one after the other, by the inflater that the agent uses for rotated logs: it knows where data ends,
/// whether it was cut, and which text before the damage is good.
/// </summary>
internal sealed class GzipDecoder : BodyDecoder
{
    private readonly ForwardBytes _bytes;
    private readonly BitInput _input;
    private readonly Inflater _inflater;
    private bool _isInMember;
    private uint _crc;
    private uint _length;
    private long _text;

    public GzipDecoder(Stream body)
    {
        _bytes = new ForwardBytes(body);
        _input = new BitInput(_bytes);
        _inflater = new Inflater(_input);
    }

    /// <summary>Members that were whole.</summary>
    public int Members { get; private set; }

    public override int Read(Span<byte> to)
    {
        while (true)
        {
            if (!_isInMember && !TryBegin())
                return 0;

            if (_inflater.Ready.IsEmpty)
                _inflater.Inflate();
            var ready = _inflater.Ready;
            if (!ready.IsEmpty)
            {
                ready = ready[..Math.Min(ready.Length, to.Length)];
                ready.CopyTo(to);
                _inflater.Consume(ready.Length);
                _crc = Crc32.Append(_crc, ready);
                _length += (uint)ready.Length;
                _text += ready.Length;
                return ready.Length;
            }

            End();
        }
    }

    public override void Dispose()
    {
        _inflater.Dispose();
        _input.Dispose();
        _bytes.Dispose();
    }

    /// <summary>False at the end of the last member.</summary>
    private bool TryBegin()
    {
        var at = _input.Offset;
        if (at > 0 && IsAtEnd())
            return false;

        Begin = new BodyPlace(_input.Offset, _text);
        if (GzipHeader.Skip(_input) is not HeaderResult.Header)
            throw new DamagedObjectException(at == 0 ? "it is not gzip data" : $"byte {at} does not begin a gzip member");
        _inflater.Reset();
        (_isInMember, _crc, _length) = (true, 0, 0);
        return true;
    }

    private bool IsAtEnd()
    {
        _input.Align();
        _input.Fill();
        return _input.Available == 0;
    }

    private void End()
    {
        if (_inflater.State == InflateState.Going)
            return;
        if (_inflater.State == InflateState.Cut)
            throw new DamagedObjectException($"it ends within its gzip data, at byte {_input.Offset}");
        if (_inflater.State == InflateState.Damaged)
            throw new DamagedObjectException($"its gzip data is damaged before byte {_input.Offset}");

        _input.Align();
        if (!_input.TryRead(32, out var crc) || !_input.TryRead(32, out var length))
            throw new DamagedObjectException($"it ends within a gzip trailer, at byte {_input.Offset}");
        if (crc != _crc || length != _length)
            throw new DamagedObjectException($"the gzip checksum before byte {_input.Offset} does not match the text");
        _isInMember = false;
        Members++;
        Proven = _text;
    }
}

/// <summary>zlib (RFC 1950).</summary>
internal sealed class ZlibDecoder : BodyDecoder
{
    private const uint Modulus = 65521;

    /// <summary>The number of bytes that can be summed up before 32 bits overflow (zlib's NMAX).</summary>
    private const int MostBeforeModulus = 5552;

    private readonly ForwardBytes _bytes;
    private readonly BitInput _input;
    private readonly Inflater _inflater;
    private bool _hasBegun;
    private bool _isOver;
    private uint _low = 1;
    private uint _high;

    public ZlibDecoder(Stream body)
    {
        _bytes = new ForwardBytes(body);
        _input = new BitInput(_bytes);
        _inflater = new Inflater(_input);
    }

    public override int Read(Span<byte> to)
    {
        if (_isOver)
            return 0;
        if (!_hasBegun)
            ReadHead();

        while (_inflater.Ready.IsEmpty && _inflater.State == InflateState.Going)
            _inflater.Inflate();
        var ready = _inflater.Ready;
        if (ready.IsEmpty)
        {
            End();
            return 0;
        }

        ready = ready[..Math.Min(ready.Length, to.Length)];
        ready.CopyTo(to);
        _inflater.Consume(ready.Length);
        Sum(ready);
        return ready.Length;
    }

    public override void Dispose()
    {
        _inflater.Dispose();
        _input.Dispose();
        _bytes.Dispose();
    }

    private void ReadHead()
    {
        Span<byte> head = stackalloc byte[2];
        if (_input.Read(head) < 2 || (head[0] & 0x0F) != 8 || ((head[0] << 8) | head[1]) % 31 != 0 || (head[1] & 0x20) != 0)
            throw new DamagedObjectException("it is not zlib data");
        _inflater.Reset();
        _hasBegun = true;
    }

    private void End()
    {
        if (_inflater.State != InflateState.Ended)
            throw new DamagedObjectException($"its zlib data {(_inflater.State == InflateState.Cut ? "ends early, at" : "is damaged before")} byte {_input.Offset}");

        Span<byte> sum = stackalloc byte[4];
        _input.Align();
        if (_input.Read(sum) < sum.Length)
            throw new DamagedObjectException($"it ends within its checksum, at byte {_input.Offset}");
        if (System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(sum) != ((_high << 16) | _low))
            throw new DamagedObjectException("the zlib checksum does not match the text");
        _isOver = true;
    }

    private void Sum(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, MostBeforeModulus)];
            foreach (var value in part)
            {
                _low += value;
                _high += _low;
            }

            (_low, _high) = (_low % Modulus, _high % Modulus);
            bytes = bytes[part.Length..];
        }
    }
}

/// <summary>The stream as pieces of input for the inflater, which asks for one after the other.</summary>
internal sealed class ForwardBytes(Stream body) : ISourceHandle
{
    public int Read(Span<byte> buffer, long offset) => body.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);

    public bool TryGetStatus(out FileStatus status)
    {
        status = default;
        return false;
    }

    public void Dispose() => body.Dispose();
}
