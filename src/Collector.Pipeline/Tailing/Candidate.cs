using Collector.Pipeline.Tailing.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>An open file of a chain that no generation has been given to yet, and its place among them when it is a new one.</summary>
internal sealed class Candidate(SiblingName name, SourceFile file, FileStatus status, byte[] head)
{
    public SiblingName Name { get; } = name;

    public SourceFile File { get; } = file;

    public FileStatus Status { get; } = status;

    public byte[] Head { get; } = head;

    /// <summary>As of <see cref="FileRecognition.FirstTimeOf"/>.</summary>
    public long FirstTime { get; } = FileRecognition.FirstTimeOf(head);

    /// <summary>The order in which several new ones were written.</summary>
    public static int Compare(Candidate a, Candidate b)
    {
        var byTime = a.Name.Restart == b.Name.Restart && !a.Name.IsLive && !b.Name.IsLive && a.FirstTime != 0 && b.FirstTime != 0
            ? a.FirstTime.CompareTo(b.FirstTime)
            : 0;
        return byTime != 0 ? byTime : a.Name.CompareTo(b.Name);
    }

    /// <summary>Behind everything, unless it was seen late: a rotated sibling that a listing in the middle of a rotation did not show.</summary>
    public int PlaceIn(Chain chain)
    {
        var at = chain.Generations.Count;
        while (at > 0 && IsBefore(chain.Generations[at - 1]))
        {
            at--;
        }

        return at;
    }

    private bool IsBefore(Generation known)
    {
        if (Name.Restart != known.Restart)
        {
            return Name.Restart < known.Restart;
        }

        // One without a name is gone, or hidden by a rotation under way.
        var areRotated = !Name.IsLive && known.Name is not { IsLive: true };
        return areRotated && FirstTime != 0 && known.FirstTime != 0 ? FirstTime < known.FirstTime : Name < known.Name;
    }
}
