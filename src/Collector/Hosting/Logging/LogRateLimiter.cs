namespace Collector.Hosting.Logging;

/// <summary>The number of suppressed lines of one template since its last line.</summary>
internal readonly record struct SuppressedLog(string Logger, string Template, LogLevel Level, long Count);

/// <summary>
/// A token bucket for each (logger, template). A fault that repeats for ten thousand files is logged a few times, and counted from
/// then on. It does not silence other templates. Critical entries are never suppressed. Thread safe.
/// </summary>
internal sealed class LogRateLimiter
{
    /// <summary>Lines at once: each output and source may say something at start.</summary>
    public const int Burst = 20;

    /// <summary>
    /// Templates are in the code, so there are few; above this number some code builds them at run time, and they share one bucket.
    /// </summary>
    public const int MaxBuckets = 1024;

    /// <summary>One more line per this long.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);

    private static readonly (string, string) Shared = ("", "");

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Logger, string Template), Bucket> _buckets = [];

    public LogRateLimiter(TimeProvider clock) => _clock = clock;

    /// <summary>True when the entry may be written; <paramref name="suppressed"/> then says how many were not since the last.</summary>
    public bool TryTake(string logger, string template, LogLevel level, out long suppressed)
    {
        lock (_gate)
        {
            var bucket = BucketOf(logger, template);
            if (level < LogLevel.Critical && !bucket.TryTake(_clock))
            {
                bucket.Suppressed++;
                bucket.Level = level;
                suppressed = 0;
                return false;
            }

            suppressed = bucket.Suppressed;
            bucket.Suppressed = 0;
            return true;
        }
    }

    /// <summary>All suppressed lines that were not reported yet; they count as reported now.</summary>
    public IReadOnlyList<SuppressedLog> TakeSuppressed()
    {
        lock (_gate)
        {
            List<SuppressedLog> told = [];
            foreach (var ((logger, template), bucket) in _buckets)
            {
                if (bucket.Suppressed > 0)
                {
                    told.Add(new SuppressedLog(logger, template, bucket.Level, bucket.Suppressed));
                    bucket.Suppressed = 0;
                }
            }

            return told;
        }
    }

    private Bucket BucketOf(string logger, string template)
    {
        var key = (logger, template);
        if (_buckets.TryGetValue(key, out var bucket))
            return bucket;

        key = _buckets.Count < MaxBuckets ? key : Shared;
        if (!_buckets.TryGetValue(key, out bucket))
        {
            _buckets.Add(key, bucket = new Bucket(_clock.GetTimestamp()));
        }

        return bucket;
    }

    private sealed class Bucket(long created)
    {
        private double _tokens = Burst;
        private long _filled = created;

        public long Suppressed { get; set; }

        public LogLevel Level { get; set; }

        public bool TryTake(TimeProvider clock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + (clock.GetElapsedTime(_filled, now) / Refill));
            _filled = now;
            if (_tokens < 1)
                return false;

            _tokens--;
            return true;
        }
    }
}
