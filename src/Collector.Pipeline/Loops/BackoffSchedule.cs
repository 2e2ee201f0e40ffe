namespace Collector.Pipeline.Loops;

/// <summary>
/// Exponential back-off with jitter: after the n-th failure in a row a random share of min·2ⁿ⁻¹, at most of max. So callers that
/// failed together do not retry together.
/// </summary>
/// <param name="Min">The most after the first failure.</param>
/// <param name="Max">The most after any.</param>
/// <param name="LeastShare">Above 0, as a random share could otherwise be no pause at all; 1: no jitter.</param>
public readonly record struct BackoffSchedule(TimeSpan Min, TimeSpan Max, double LeastShare)
{
    private const int MostDoublings = 30;

    /// <summary>The pause after that many failures in a row; the first is 1.</summary>
    public TimeSpan After(int failures) => After(failures, Random.Shared);

    /// <summary>The same, for callers that must be reproducible.</summary>
    public TimeSpan After(int failures, Random random)
    {
        var ceiling = Math.Min(Max.TotalSeconds, Min.TotalSeconds * (1L << Math.Min(failures - 1, MostDoublings)));
        return TimeSpan.FromSeconds(ceiling * (LeastShare + ((1 - LeastShare) * random.NextDouble())));
    }
}
