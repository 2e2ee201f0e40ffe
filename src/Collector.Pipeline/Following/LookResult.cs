using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Following;

/// <summary>What a seen file is.</summary>
internal enum Verdict : byte
{
    /// <summary>A known generation, by its inode (R1).</summary>
    Same,

    /// <summary>A known generation whose file lost its tail: it goes on at <see cref="FileVerdict.At"/> (R4).</summary>
    Shrunk,

    /// <summary>A known generation whose file lost a range of its head: its position is at <see cref="FileVerdict.At"/> now.</summary>
    Collapsed,

    /// <summary>A known generation's bytes in another file (R2).</summary>
    Copy,

    /// <summary>A generation of its own, read from its beginning (R3).</summary>
    New,

    /// <summary>Not to be told yet: a copy may be under way, or is still being compared. Asked again.</summary>
    Undecided,

    /// <summary>Another name of a file that has one, a compressed form beside its plain file, or nobody's.</summary>
    Ignored,

    /// <summary>It cannot be opened now.</summary>
    Unreadable,
}

/// <summary>How a known generation's bytes left its file.</summary>
internal enum LossCause : byte
{
    /// <summary>The file is shorter than what was read of it, and holds something else.</summary>
    Truncated,

    /// <summary>The file is as long or longer, and holds something else.</summary>
    Rewritten,

    /// <summary>No name leads to its inode, and no descriptor holds it.</summary>
    Gone,
}

/// <summary>What one file is; <see cref="Known"/> is null for <see cref="Verdict.New"/> and what is nobody's.</summary>
internal readonly record struct FileVerdict(SeenFile File, Verdict Verdict, KnownFile? Known = null, long At = 0);

/// <summary>A known generation whose bytes left its file. Where a copy has them, that has a verdict of its own.</summary>
/// <param name="Known">The generation.</param>
/// <param name="Cause">How.</param>
/// <param name="Successor">Its own inode, under no name that proposes anything or under none, holds other bytes: a generation of their own (R4). Null: it does not, or its name leads there.</param>
internal readonly record struct LostFile(KnownFile Known, LossCause Cause, SeenFile? Successor = null);

/// <summary>A known generation and a copy under way agree up to there: worth remembering, because the copy may end shorter than the position.</summary>
internal readonly record struct ProvenPrefix(KnownFile Known, Checkpoint At);

/// <summary>What one look came to. Every seen file has one verdict; every known one is in a verdict, lost, or held by a descriptor alone.</summary>
internal sealed class LookResult
{
    public List<FileVerdict> Files { get; } = [];

    public List<LostFile> Lost { get; } = [];

    /// <summary>Held open; no name leads to them.</summary>
    public List<KnownFile> Nameless { get; } = [];

    public List<ProvenPrefix> Proven { get; } = [];

    /// <summary>A comparison goes on in the next look: nothing is ended before, and nothing that was written later is read.</summary>
    public bool IsComparing { get; set; }

    /// <summary>Some file is to be asked about again, whether anything changes or not.</summary>
    public bool IsUndecided => Files.Exists(f => f.Verdict is Verdict.Undecided or Verdict.Unreadable);
}
