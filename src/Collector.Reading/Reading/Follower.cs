namespace Collector.Reading;

/// <summary>A question that is repeated: finds objects that were stored since the last time. One thread.</summary>
public sealed class Follower
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);

    /// <summary>Listing thousands of prefixes takes seconds, so it may use at most a fifth of the time.</summary>
    private const int ListingShare = 4;

    private readonly Planner _planner;
    private readonly TimeProvider _clock;
    private readonly HashSet<string> _seen;

    internal Follower(Planner planner, Plan plan, Question question, TimeProvider clock)
    {
        (_planner, _clock) = (planner, clock);
        Question = question with { Lives = Lives.All };
        _seen = plan.Sequences.SelectMany(sequence => sequence.Objects).Select(item => item.Stored.Key).Concat(plan.LeftOut).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The question, but for all runs of a container, because new ones begin.</summary>
    public Question Question { get; }

    /// <summary>How long to wait before <see cref="NextAsync"/>.</summary>
    public TimeSpan Pause { get; private set; } = PollEvery;

    /// <summary>Lists again; null: there is nothing new.</summary>
    public async Task<Plan?> NextAsync(CancellationToken cancellation)
    {
        var began = _clock.GetTimestamp();
        var listed = await _planner.PlanAsync(Question, lastOnly: false, after: _clock.GetUtcNow() - Planner.Lateness, cancellation).ConfigureAwait(false);
        Pause = TimeSpan.FromTicks(Math.Max(PollEvery.Ticks, _clock.GetElapsedTime(began).Ticks * ListingShare));
        var fresh = listed.Sequences
            .Select(sequence => sequence with { Objects = [.. sequence.Objects.Where(item => _seen.Add(item.Stored.Key))] })
            .Where(sequence => sequence.Objects.Count > 0)
            .ToList();
        return fresh.Count == 0 ? null : new Plan(fresh, isWhole: true);
    }
}
