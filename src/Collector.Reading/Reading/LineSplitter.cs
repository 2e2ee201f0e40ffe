using Collector.Reading.Decoding;

namespace Collector.Reading;

/// <summary>
/// The lines of a decoded body, and where they begin in its text. Owns the decoder. Complete lines before damage are returned first; half a line is not.
/// </summary>
internal sealed class LineSplitter(BodyDecoder decoder) : IDisposable
{
    /// <summary>A record is a line of at most <c>maxRecordSize</c> (1 MiB), escaped and with its metadata.</summary>
    private const int Longest = 16 << 20;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _isOver;
    private DamagedObjectException? _damage;
    private long _text;
    private long _linesOfText;
    private long _linesProven;
    private BodyPlace _begin;

    /// <summary>Those within the text that is not returned yet.</summary>
    private readonly Queue<BodyPlace> _nextBegins = new();

    /// <summary>Where the text begins that was not returned yet.</summary>
    public long NextAt => _text - (_end - _start);

    /// <summary>Where the line begins that was returned last.</summary>
    public long LineAt { get; private set; }

    /// <summary>The last place at which decoding can begin to reach the line that was returned last.</summary>
    public BodyPlace Begin
    {
        get
        {
            PassBegins(LineAt);
            return _begin;
        }
    }

    /// <summary>The next line without its newline, borrowed until the next call; false at the end. Throws <see cref="DamagedObjectException"/>.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var looked = _start;
        LineAt = NextAt;
        while (true)
        {
            var at = _buffer.AsSpan(looked, _end - looked).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _buffer.AsSpan(_start, looked + at - _start);
                _start = looked + at + 1;
                return true;
            }

            if (_isOver)
            {
                line = _buffer.AsSpan(_start, _end - _start);
                _start = _end;
                return _damage is null ? !line.IsEmpty : throw _damage;
            }

            looked = _end - _start;
            Fill();
            looked += _start;
        }
    }

    /// <summary>Leaves out the text before a place, at which a line begins. Throws <see cref="DamagedObjectException"/> if the text ends before it.</summary>
    public void SkipTo(long at)
    {
        while (NextAt < at)
        {
            if (_start == _end)
            {
                if (_isOver)
                    throw _damage ?? new DamagedObjectException("it is shorter than it was when it was read before");
                Fill();
            }

            _start += (int)Math.Min(_end - _start, at - NextAt);
        }
    }

    public void Dispose() => decoder.Dispose();

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Longest)
                throw new DamagedObjectException($"it has a line of more than {Longest >> 20} MiB");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        Garbage.CollectIfDue();
        PassBegins(NextAt);
        try
        {
            var got = decoder.Read(_buffer.AsSpan(_end));
            if (got > 0 && decoder.Begin.Text == _text)
                _nextBegins.Enqueue(decoder.Begin);
            CountProven(_buffer.AsSpan(_end, got));
            _end += got;
            _isOver = got == 0;
        }
        catch (DamagedObjectException e)
        {
            // Some of the text that was decoded before the damage shows itself may be wrong already.
            (_isOver, _damage) = (true, new DamagedObjectException($"{e.Message}; no checksum proves its lines from line {_linesProven + 1} on"));
        }
    }

    private void PassBegins(long at)
    {
        while (_nextBegins.TryPeek(out var next) && next.Text <= at)
            _begin = _nextBegins.Dequeue();
    }

    /// <summary>A member or a frame ends before some text, or with it.</summary>
    private void CountProven(ReadOnlySpan<byte> text)
    {
        if (decoder.Proven == _text)
            _linesProven = _linesOfText;
        _text += text.Length;
        _linesOfText += text.Count((byte)'\n');
        if (decoder.Proven == _text)
            _linesProven = _linesOfText;
    }
}
