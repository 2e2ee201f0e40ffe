namespace Collector.Hosting.Logging;

/// <summary>What shares a limit: the lines of one template, about one output or source of the configuration.</summary>
/// <param name="Logger">The logger's name.</param>
/// <param name="Template">Of the message.</param>
/// <param name="Subject">The output or the source; empty: the template is about neither.</param>
internal readonly record struct LogKey(string Logger, string Template, string Subject);

/// <summary>
/// A token bucket for each <see cref="LogKey"/>. A fault that repeats for ten thousand files is logged a few times, and counted from
/// then on. It does not silence other templates, nor the same fault of another output: much is logged once, and a line that was
/// suppressed then would never come. Critical entries are never suppressed. Thread safe.
/// </summary>
internal sealed class LogRateLimiter
{
    /// <summary>Lines at once: each output and source may say something at start.</summary>
    public const int Burst = 20;

    /// <summary>
    /// More than templates in the code and outputs in a configuration need at a time: full buckets are forgotten. Above this number some
    /// code builds templates at run time, and they share one bucket.
    /// </summary>
    public const int MaxBuckets = 4096;

    /// <summary>One more line per this long.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);

    private static readonly LogKey Shared = new("", "", "");

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<LogKey, Bucket> _buckets = [];

    public LogRateLimiter(TimeProvider clock) => _clock = clock;

    /// <summary>True when the entry may be written; <paramref name="suppressed"/> then says how many were not since the last.</summary>
    public bool TryTake(LogKey key, in LogEntry entry, out long suppressed)
    {
        lock (_gate)
        {
            var bucket = BucketOf(key);
            if (entry.Level < LogLevel.Critical && !bucket.TryTake(_clock))
            {
                bucket.Suppressed++;
                bucket.Last = entry;
                suppressed = 0;
                return false;
            }

            suppressed = bucket.Suppressed;
            bucket.Suppressed = 0;
            bucket.Last = null;
            return true;
        }
    }

    /// <summary>
    /// The last suppressed line of each key, with the number of the others before it, if they were not reported yet; they count as
    /// reported now.
    /// </summary>
    public IReadOnlyList<LogEntry> TakeSuppressed()
    {
        lock (_gate)
        {
            List<LogEntry> told = [];
            foreach (var bucket in _buckets.Values)
            {
                if (bucket.Last is { } last)
                {
                    told.Add(last with { Suppressed = bucket.Suppressed - 1 });
                    bucket.Suppressed = 0;
                    bucket.Last = null;
                }
            }

            return told;
        }
    }

    private Bucket BucketOf(LogKey key)
    {
        if (_buckets.TryGetValue(key, out var bucket))
            return bucket;
        if (_buckets.Count >= MaxBuckets)
        {
            ForgetFull();
        }

        key = _buckets.Count < MaxBuckets ? key : Shared;
        if (!_buckets.TryGetValue(key, out bucket))
        {
            _buckets.Add(key, bucket = new Bucket(_clock.GetTimestamp()));
        }

        return bucket;
    }

    /// <summary>A full bucket without suppressed lines is like a new one.</summary>
    private void ForgetFull()
    {
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.Last is null && bucket.IsFull(_clock))
            {
                _buckets.Remove(key);
            }
        }
    }

    private sealed class Bucket(long created)
    {
        private double _tokens = Burst;
        private long _filled = created;

        public long Suppressed { get; set; }

        /// <summary>The last suppressed line; null: none.</summary>
        public LogEntry? Last { get; set; }

        public bool IsFull(TimeProvider clock)
        {
            Fill(clock);
            return _tokens >= Burst;
        }

        public bool TryTake(TimeProvider clock)
        {
            Fill(clock);
            if (_tokens < 1)
                return false;

            _tokens--;
            return true;
        }

        private void Fill(TimeProvider clock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + (clock.GetElapsedTime(_filled, now) / Refill));
            _filled = now;
        }
    }
}
