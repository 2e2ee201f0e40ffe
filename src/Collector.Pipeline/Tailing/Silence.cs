namespace Collector.Pipeline.Tailing;

/// <summary>How long a file has not been written to, and what that means. Owned by the tail worker.</summary>
internal sealed class Silence(TimeProvider clock)
{
    /// <summary>A writer in the middle of a line writes again within this time.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>An unfinished line, or run of partials, is taken as it is.</summary>
    public static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(60);

    /// <summary>
    /// An old generation is hardly written to any more once it has a successor: it needs no descriptor, and few looks.
    /// </summary>
    private static readonly TimeSpan Lingering = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether it has lasted that long since it was noticed. File times are useless here: the wall clock may have been set since
    /// (S-116), and a line that was cut in two cannot be repaired.
    /// </summary>
    public bool Lasts(Generation generation, TimeSpan time) => clock.GetElapsedTime(generation.GrownAt) >= time;

    /// <summary>Whether a moment is that long ago.</summary>
    public bool IsSince(long moment, TimeSpan time) => clock.GetElapsedTime(moment) >= time;

    /// <summary>
    /// Whether an old generation needs only few looks: it has been silent for long, and its successor has existed for as long. A
    /// generation that was idle before its rotation may have got its last lines just before it.
    /// </summary>
    public bool IsLeft(Chain chain, Generation generation) =>
        clock.GetElapsedTime(generation.GrownAt) >= Lingering &&
        chain.Next(generation) is { FilledAt: not 0 } next && clock.GetElapsedTime(next.FilledAt) >= Lingering;

    /// <summary>Whether a file is known to have had content for that long.</summary>
    public bool HasBeenFilled(Generation generation, TimeSpan time) => generation.FilledAt != 0 && clock.GetElapsedTime(generation.FilledAt) >= time;

    /// <summary>
    /// The silence after which a file without a name has ended: a deleted one at once, a moved one may still have its writer.
    /// </summary>
    public static TimeSpan AtEndOf(Generation generation) => generation.Links == 0 ? Moment : GivenUp;
}
