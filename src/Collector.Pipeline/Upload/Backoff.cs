using Collector.Pipeline.Buffer;
using Collector.Pipeline.Loops;

namespace Collector.Pipeline.Upload;

/// <summary>
/// The pauses of a store's attempts: from a <see cref="BackoffSchedule"/>, and never shorter than the store requested. Failures
/// during a pause (of attempts in flight when it began) do not double it. Thread safe.
/// </summary>
internal sealed class Backoff(RetrySettings settings, TimeProvider clock, Random? random = null)
{
    /// <summary>A store that requests more than this has a wrong clock, or an unreasonable limit.</summary>
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(15);

    /// <summary>Full jitter, but never zero.</summary>
    private readonly BackoffSchedule _schedule = new(settings.MinBackoff, settings.MaxBackoff, LeastShare: 0.1);

    private readonly Random _random = random ?? Random.Shared;
    private readonly Lock _lock = new();
    private int _failures;
    private long _until = long.MinValue;
    private long _askedUntil = long.MinValue;

    public bool IsWaiting => Remaining > TimeSpan.Zero;

    /// <summary>The rest of the pause; zero or less when there is none.</summary>
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

    /// <summary>A pause after that many failures in a row of one object; the first is 1.</summary>
    public TimeSpan Delay(int failures) => _schedule.After(failures, _random);

    /// <summary>Begins a pause, or continues the current one; a longer pause that the store requested counts.</summary>
    public void Failed(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            if (_until <= clock.GetTimestamp())
            {
                _failures++;
                _until = In(Delay(_failures));
            }

            if (retryAfter is { } asked)
            {
                _askedUntil = Math.Max(_askedUntil, In(asked < MostAsked ? asked : MostAsked));
                _until = Math.Max(_until, _askedUntil);
            }
        }
    }

    /// <summary>The store accepts objects: only a pause that it requested itself remains.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            _failures = 0;
            _until = _askedUntil;
        }
    }

    private long In(TimeSpan time) => clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);
}
