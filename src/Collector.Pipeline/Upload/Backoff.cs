namespace Collector.Pipeline.Upload;

/// <summary>Exponential back-off with full jitter: after the n-th failure in a row, a random time up to min·2ⁿ⁻¹, at most max. Thread safe.</summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max, TimeProvider clock)
{
    /// <summary>A random share of nothing would be no pause at all.</summary>
    private const double LeastShare = 0.1;

    private const int MostDoublings = 30;
    private readonly Lock _lock = new();
    private int _failures;
    private long _until = long.MinValue;

    public bool IsWaiting => Remaining > TimeSpan.Zero;

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

    public TimeSpan Delay(int failures)
    {
        var ceiling = Math.Min(max.TotalSeconds, min.TotalSeconds * (1L << Math.Min(failures - 1, MostDoublings)));
        return TimeSpan.FromSeconds(ceiling * Math.Max(LeastShare, Random.Shared.NextDouble()));
    }

    /// <summary>Begins a pause; what the store asked for counts if it is longer.</summary>
    public void Failed(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var delay = Delay(++_failures);
            delay = retryAfter is { } asked && asked > delay ? asked : delay;
            _until = clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);
        }
    }

    public void Succeeded()
    {
        lock (_lock)
        {
            _failures = 0;
            _until = long.MinValue;
        }
    }
}
