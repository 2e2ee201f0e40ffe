using Collector.Pipeline.Following;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>A file that is a generation of its own, and its place among those of its chain. Names order.</summary>
internal sealed class Candidate(SiblingName name, Chain chain, SeenFile file, ListedFile listed)
{
    /// <summary>In nanoseconds.</summary>
    private const long Second = 1_000_000_000;

    public SiblingName Name { get; } = name;

    public Chain Chain { get; } = chain;

    public SeenFile File { get; } = file;

    public ListedFile Listed { get; } = listed;

    public byte[] Head { get; } = file.Head.ToArray();

    /// <summary>The time of the first line in Unix ns; 0: none.</summary>
    public long FirstTime { get; } = TimeOfFirstLine(file.Head);

    /// <summary>It is empty, or the beginning of a container's log is damaged: where it belongs is not known.</summary>
    private bool LacksTime => Head.Length == 0 || (Chain.IsKubelets && FirstTime == 0);

    /// <summary>As a container's runtime writes it: before the line, or in Docker's JSON; 0: none.</summary>
    public static long TimeOfFirstLine(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("{"u8))
        {
            // Within a JSON text the quotes would be escaped.
            var line = head[..Math.Max(0, head.IndexOf((byte)'\n'))];
            var at = line.LastIndexOf(DockerTime);
            line = at < 0 ? [] : line[(at + DockerTime.Length)..];
            return TimeOf(line[..Math.Max(0, line.IndexOf((byte)'"'))]);
        }

        return TimeOf(head[..Math.Max(0, head.IndexOf((byte)' '))]);
    }

    /// <summary>The order in which several new ones were written.</summary>
    public static int Compare(Candidate a, Candidate b)
    {
        if (a.Name.Restart == b.Name.Restart && !a.Name.IsLive && !b.Name.IsLive && !(a.Name.HasNumber && b.Name.HasNumber) && a.LacksTime != b.LacksTime)
        {
            // It must not come between two that have times.
            return a.LacksTime ? 1 : -1;
        }

        if (a.Name.Restart == b.Name.Restart && IsOrderedByTime(a.Name, a.FirstTime, b.Name, b.FirstTime))
        {
            var order = a.FirstTime.CompareTo(b.FirstTime);
            order = order == 0 && !a.File.IsGzip && !b.File.IsGzip ? a.File.Status.Size.CompareTo(b.File.Status.Size) : order;
            if (order != 0)
            {
                return order;
            }
        }

        var byWrite = a.Name.Restart == b.Name.Restart && !a.Name.IsLive && !b.Name.IsLive && a.Name.HasNumber && b.Name.HasNumber ? CompareNumbered(a, b) : 0;
        return byWrite != 0 ? byWrite : a.Name.CompareTo(b.Name);
    }

    /// <summary>
    /// Where a number may count either way, the last writes tell which file was first. In whole seconds, so that copies that were
    /// made at once are ordered by their names.
    /// </summary>
    private static int CompareNumbered(Candidate a, Candidate b) =>
        a.Name.CountsEitherWay != b.Name.CountsEitherWay ? b.Name.CountsEitherWay.CompareTo(a.Name.CountsEitherWay)
        : a.Name.CountsEitherWay ? (a.File.Status.ModificationTime / Second).CompareTo(b.File.Status.ModificationTime / Second)
        : 0;

    /// <summary>
    /// After everything, unless it was seen late: a rotated sibling that a listing in the middle of a rotation did not show.
    /// </summary>
    public int PlaceIn(Chain chain)
    {
        var at = chain.Generations.Count;
        while (at > 0 && IsBefore(chain.Generations[at - 1]))
        {
            at--;
        }

        return at;
    }

    private static ReadOnlySpan<byte> DockerTime => "\"time\":\""u8;

    private static long TimeOf(ReadOnlySpan<byte> text) => RecordTime.TryParse(text, out var time) ? time.UnixNanoseconds : 0;

    private bool IsBefore(Generation known)
    {
        if (Name.Restart != known.Restart)
        {
            return Name.Restart < known.Restart;
        }

        // A copy has the first line of its original, is not longer, and comes before it, because the original continues with lines
        // after the copy's last. A generation without a name is deleted, or hidden by a rotation under way; it comes before any
        // that is live now.
        return (known.Name ?? known.FormName) is not { } name ? !Name.IsLive && FirstTime != 0 && known.FirstTime != 0 && FirstTime < known.FirstTime
            : IsOrderedByTime(Name, FirstTime, name, known.FirstTime) ? FirstTime < known.FirstTime || (FirstTime == known.FirstTime && !IsLongerThan(known))
            // New ones come in their order (Compare), and what is known was written before.
            : !(Name.CountsEitherWay && name.CountsEitherWay) && Name < name;
    }

    /// <summary>As far as both lengths are known without decompressing.</summary>
    private bool IsLongerThan(Generation known) => !File.IsGzip && !known.IsGzip && File.Status.Size > known.Size;

    /// <summary>Stamps are local time and jump twice a year, so the first lines' times are better; numbers count rotations, and are better than any clock.</summary>
    private static bool IsOrderedByTime(SiblingName one, long oneTime, SiblingName other, long otherTime) =>
        !one.IsLive && !other.IsLive && oneTime != 0 && otherTime != 0 && !(one.HasNumber && other.HasNumber);
}
