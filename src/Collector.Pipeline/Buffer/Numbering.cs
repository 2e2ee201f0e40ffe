using System.Security.Cryptography;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The numbers of new chunks, shared by all outputs of a data dir: seqs that never repeat, and opened-at times that never go
/// back over restarts and clock steps (contract §4). Thread safe.
/// </summary>
public sealed class Numbering(uint instance, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _lastSeq;
    private long _lastOpenedAt;

    /// <summary>The random bits of this data dir's instance.</summary>
    public uint Instance { get; } = instance;

    public long LastSeq => Volatile.Read(ref _lastSeq);

    public long LastOpenedAt => Volatile.Read(ref _lastOpenedAt);

    public static uint NewInstance() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    /// <summary>Continues after numbers that were used before.</summary>
    public void Raise(long seq, long openedAt)
    {
        lock (_lock)
        {
            _lastSeq = Math.Max(_lastSeq, seq);
            _lastOpenedAt = Math.Max(_lastOpenedAt, openedAt);
        }
    }

    /// <summary>The next seq, and the time in Unix milliseconds, one more than the last when the clock has gone back.</summary>
    public (long Seq, long OpenedAt) Next()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            _lastOpenedAt = now >= _lastOpenedAt ? now : _lastOpenedAt + 1;
            return (++_lastSeq, _lastOpenedAt);
        }
    }
}
