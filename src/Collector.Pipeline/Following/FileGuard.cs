using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Following;

/// <summary>The resume guard (I10): whether the bytes before a position are still those that were read.</summary>
internal static class FileGuard
{
    /// <summary>A file system removes and inserts ranges of a file in such units; a collapsed range is a multiple of one.</summary>
    private const long CollapseUnit = 4096;

    /// <summary>Places tried for a moved position: a quarter of a GiB.</summary>
    private const int MostUnits = 1 << 16;

    public static bool Holds(KnownFile known, IFileContent content) => Holds(known.Guard, known.GuardAt, content, known.Shrink);

    /// <summary>Whether the bytes before <paramref name="at"/> are the guarded ones. A guard of length 0 knows nothing, and holds.</summary>
    public static bool Holds(in ResumeGuard guard, long at, IFileContent content, ShrinkRule shrink) => guard.Length == 0 || HoldsAt(guard, content, at, mayBeEmpty: shrink == ShrinkRule.GoOnAtEnd);

    /// <summary>
    /// The new offset of the guarded position after a range before it was removed from the file (<c>fallocate</c>, S-129); -1:
    /// nowhere.
    /// </summary>
    public static long FindCollapsed(KnownFile known, IFileContent content, long size)
    {
        if (known.Guard.Length < ResumeGuard.MaxLength || known.GuardAt < CollapseUnit)
        {
            return -1;
        }

        var units = Math.Min(known.GuardAt / CollapseUnit, MostUnits);
        for (var i = 1; i <= units; i++)
        {
            var at = known.GuardAt - (i * CollapseUnit);
            if (at <= size && at >= known.Guard.Length && HoldsAt(known.Guard, content, at, mayBeEmpty: false))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Blocks that a power failure left empty belong to the file: a container's runtime never writes NULs.</summary>
    private static bool HoldsAt(in ResumeGuard guard, IFileContent content, long at, bool mayBeEmpty)
    {
        Span<byte> before = stackalloc byte[ResumeGuard.MaxLength];
        before = before[..guard.Length];
        var got = content.Read(before, at - before.Length);
        return ResumeGuard.Of(before[..got]) == guard || (mayBeEmpty && got > 0 && before[..got].IndexOfAnyExcept((byte)0) < 0);
    }
}
