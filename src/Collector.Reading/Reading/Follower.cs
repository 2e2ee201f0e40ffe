using Collector.Reading.Catalog;

namespace Collector.Reading;

/// <summary>A question that is repeated: finds objects that were stored since the last time. One thread.</summary>
public sealed class Follower
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);

    /// <summary>Listing thousands of prefixes takes seconds, so it may use at most a fifth of the time.</summary>
    private const int ListingShare = 4;

    private readonly Planner _planner;
    private readonly TextObjects _text;
    private readonly Findings _findings;
    private readonly TimeProvider _clock;
    private readonly HashSet<string> _seen;

    internal Follower(Planner planner, TextObjects text, Plan plan, Question question, Findings findings, TimeProvider clock)
    {
        (_planner, _text, _findings, _clock) = (planner, text, findings, clock);
        Question = question with { Lives = Lives.All };
        _seen = plan.Sequences.SelectMany(sequence => sequence.Objects).Select(item => item.Stored.Key).Concat(plan.LeftOut).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The question, but for all runs of a container, because new ones begin.</summary>
    public Question Question { get; }

    /// <summary>How long to wait before <see cref="NextAsync"/>.</summary>
    public TimeSpan Pause { get; private set; } = PollEvery;

    /// <summary>Lists again; null: there is nothing new. What is new may all be left out (<see cref="Findings.UndecidedText"/>).</summary>
    public async Task<Plan?> NextAsync(CancellationToken cancellation)
    {
        var began = _clock.GetTimestamp();
        var listed = await _planner.PlanAsync(Question, lastOnly: false, after: _clock.GetUtcNow() - Planner.Lateness, cancellation).ConfigureAwait(false);
        Pause = TimeSpan.FromTicks(Math.Max(PollEvery.Ticks, _clock.GetElapsedTime(began).Ticks * ListingShare));
        var fresh = listed.Sequences
            .Select(sequence => sequence with { Objects = [.. sequence.Objects.Where(item => _seen.Add(item.Stored.Key))] })
            .Where(sequence => sequence.Objects.Count > 0)
            .ToList();
        if (fresh.Count == 0)
            return null;

        // The catalog lists new objects late, so of text only what keys say is known.
        var plan = _text.Apply(new Plan(fresh, isWhole: true));
        _findings.UndecidedText += plan.TextNeed?.Undecided ?? 0;
        return plan;
    }
}
