namespace Collector.Pipeline.Positions;

/// <summary>The part of one generation that some records, or some positions, cover.</summary>
public sealed class CoverageEntry(GenerationIdentity identity)
{
    /// <summary>The newest identity known of the generation.</summary>
    public GenerationIdentity Identity { get; private set; } = identity;

    public IntervalSet Intervals { get; } = new();

    /// <summary>The guard at the end of the last interval.</summary>
    public ResumeGuard Guard { get; private set; }

    /// <summary>What is known of the generation's content; null: nothing.</summary>
    public ContentDigest? Digest { get; private set; }

    /// <summary>The size that the file was last seen to have.</summary>
    public long SeenSize { get; set; }

    public void Add(long from, long to, ResumeGuard guard)
    {
        if (to >= Intervals.End)
        {
            Guard = guard;
        }

        Intervals.Add(from, to);
    }

    /// <summary>Removes these intervals. The guard is removed together with the end, because it guards the end.</summary>
    public void Remove(IntervalSet intervals)
    {
        var end = Intervals.End;
        foreach (var interval in intervals.Items)
        {
            Intervals.Remove(interval.From, interval.To);
        }

        Guard = Intervals.End == end ? Guard : default;
    }

    /// <summary>Takes a digest up, if it reaches farther than the one that is known, or as far with more checkpoints.</summary>
    public void Add(ContentDigest? digest)
    {
        if (digest is { } other && (Digest is not { } own || (other.End, other.Checkpoints.Length).CompareTo((own.End, own.Checkpoints.Length)) > 0))
        {
            Digest = other;
        }
    }

    /// <summary>Union with another entry of the same generation.</summary>
    public void Add(CoverageEntry other)
    {
        if (other.Intervals.End > Intervals.End || (other.Intervals.End == Intervals.End && Guard.Length == 0))
        {
            Guard = other.Guard;
        }

        Intervals.Add(other.Intervals);
        AddKnowledge(other);
    }

    /// <summary>What <paramref name="other"/> knows of the generation, without its coverage.</summary>
    public void AddKnowledge(CoverageEntry other)
    {
        SeenSize = Math.Max(SeenSize, other.SeenSize);
        Add(other.Digest);
        if (other.Identity.IsNewerThan(Identity))
        {
            Identity = other.Identity;
        }
    }
}
