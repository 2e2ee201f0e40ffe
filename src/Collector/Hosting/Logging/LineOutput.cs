namespace Collector.Hosting.Logging;

/// <summary>
/// Writes lines to a stream on a thread of its own, so that no caller hangs on a reader that has stopped reading (S-150). A line is
/// written when <see cref="Write"/> returns, unless the stream blocks: then lines wait, lines beyond a limit are lost, and their
/// number is reported as soon as the reader continues. A closed stream loses its lines without any other effect. Thread safe.
/// </summary>
internal sealed class LineOutput : IDisposable
{
    /// <summary>Bytes that wait at most.</summary>
    private const int MostWaiting = 1 << 20;

    /// <summary>A slow reader is waited for this long, once; then it counts as stopped until everything is written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Stream _stream;
    private readonly Func<long, byte[]> _sayLost;
    private readonly object _gate = new();
    private readonly Queue<byte[]> _waiting = new();
    private long _waitingBytes;
    private long _taken;
    private long _written;
    private long _lost;
    private bool _isStuck;
    private bool _hasEnded;

    /// <param name="stream">Stays open.</param>
    /// <param name="sayLost">Makes the line with the number of lost lines.</param>
    public LineOutput(Stream stream, Func<long, byte[]> sayLost)
    {
        _stream = stream;
        _sayLost = sayLost;
        new Thread(Run) { IsBackground = true, Name = "log" }.Start();
    }

    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            if (_waitingBytes + line.Length > MostWaiting)
            {
                _lost++;
                return;
            }

            _waiting.Enqueue(line.ToArray());
            _waitingBytes += line.Length;
            var mine = ++_taken;
            Monitor.PulseAll(_gate);
            _isStuck |= !Wait(() => _written >= mine || _isStuck, Patience);
        }
    }

    /// <summary>Writes the waiting lines, as far as the stream accepts them, and then nothing more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Wait(() => _written == _taken, Patience);
            _hasEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    private bool Wait(Func<bool> isDone, TimeSpan time)
    {
        var end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        while (!isDone())
        {
            var left = end - Environment.TickCount64;
            if (left <= 0 || !Monitor.Wait(_gate, (int)left))
            {
                return isDone();
            }
        }

        return true;
    }

    private void Run()
    {
        while (Next() is { } line)
        {
            try
            {
                _stream.Write(line);
                _stream.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Standard error itself fails or is closed, so there is no place to report that.
            }
        }
    }

    /// <summary>The line before it is written. Null: there is none any more.</summary>
    private byte[]? Next()
    {
        lock (_gate)
        {
            _written = _taken - _waiting.Count;
            Monitor.PulseAll(_gate);
            if (_waiting.Count == 0)
            {
                _isStuck = false;
                if (_lost > 0)
                {
                    var lost = _lost;
                    _lost = 0;
                    return _sayLost(lost);
                }
            }

            while (_waiting.Count == 0 && !_hasEnded)
            {
                Monitor.Wait(_gate);
            }

            if (_waiting.Count == 0 || _hasEnded)
            {
                return null;
            }

            var line = _waiting.Dequeue();
            _waitingBytes -= line.Length;
            return line;
        }
    }
}
