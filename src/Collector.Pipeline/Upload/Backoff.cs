namespace Collector.Pipeline.Upload;

/// <summary>
/// Exponential back-off with full jitter: after the n-th failure in a row, a random time up to min·2ⁿ⁻¹, at most max; never
/// less than the store asked for. Failures during a pause (attempts that were in flight when it began) do not double it.
/// Thread safe.
/// </summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max, TimeProvider clock, Random? random = null)
{
    /// <summary>A random share of nothing would be no pause at all.</summary>
    private const double LeastShare = 0.1;

    private const int MostDoublings = 30;

    /// <summary>A store that asks for more than this has a wrong clock, or will be asked too often by nobody's standards.</summary>
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(15);

    private readonly Random _random = random ?? Random.Shared;
    private readonly Lock _lock = new();
    private int _failures;
    private long _until = long.MinValue;
    private long _askedUntil = long.MinValue;

    public bool IsWaiting => Remaining > TimeSpan.Zero;

    /// <summary>What is left of the pause; zero or less when there is none.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return _until == long.MinValue ? TimeSpan.Zero : TimeSpan.FromSeconds((_until - clock.GetTimestamp()) / (double)clock.TimestampFrequency);
            }
        }
    }

    /// <summary>A random pause after so many failures in a row, the first is 1.</summary>
    public TimeSpan Delay(int failures)
    {
        var ceiling = Math.Min(max.TotalSeconds, min.TotalSeconds * (1L << Math.Min(failures - 1, MostDoublings)));
        return TimeSpan.FromSeconds(ceiling * Math.Max(LeastShare, _random.NextDouble()));
    }

    /// <summary>Begins a pause, or goes on with the one that has begun; what the store asked for counts if it is longer.</summary>
    public void Failed(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            if (_until <= clock.GetTimestamp())
            {
                _failures++;
                _until = After(Delay(_failures));
            }

            if (retryAfter is { } asked)
            {
                _askedUntil = Math.Max(_askedUntil, After(asked < MostAsked ? asked : MostAsked));
                _until = Math.Max(_until, _askedUntil);
            }
        }
    }

    /// <summary>The store takes objects: no pause but the one that it asked for.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            _failures = 0;
            _until = _askedUntil;
        }
    }

    private long After(TimeSpan time) => clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);
}
