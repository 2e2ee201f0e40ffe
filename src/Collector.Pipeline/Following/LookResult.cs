using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Following;

/// <summary>What a seen file is.</summary>
internal enum Verdict : byte
{
    /// <summary>A known generation, by its inode (R1).</summary>
    Same,

    /// <summary>A known generation whose file lost its tail: it continues at <see cref="FileVerdict.At"/> (R4).</summary>
    Shrunk,

    /// <summary>
    /// A known generation whose file lost a range of its head: its position is now at <see cref="FileVerdict.At"/>.
    /// </summary>
    Collapsed,

    /// <summary>A known generation's bytes in another file (R2).</summary>
    Copy,

    /// <summary>A generation of its own, read from its beginning (R3).</summary>
    New,

    /// <summary>Undecided: a copy may be under way, or is still being compared. Asked again.</summary>
    Undecided,

    /// <summary>A second name of a file, a compressed form beside its plain file, or a file of no source.</summary>
    Ignored,

    /// <summary>It cannot be opened now.</summary>
    Unreadable,
}

/// <summary>How a known generation's bytes left its file.</summary>
internal enum LossCause : byte
{
    /// <summary>The file is shorter than its read position, and has other content.</summary>
    Truncated,

    /// <summary>The file is as long or longer, and holds something else.</summary>
    Rewritten,

    /// <summary>No name leads to its inode, and no descriptor holds it.</summary>
    Gone,
}

/// <summary>The verdict on one file; <see cref="Known"/> is null for <see cref="Verdict.New"/> and for ignored files.</summary>
internal readonly record struct FileVerdict(SeenFile File, Verdict Verdict, KnownFile? Known = null, long At = 0);

/// <summary>A known generation whose bytes left its file. A copy with the bytes has a verdict of its own.</summary>
/// <param name="Known">The generation.</param>
/// <param name="Cause">How.</param>
/// <param name="Successor">Its own inode, under a name that proposes nothing or without a name, holds other bytes: a generation of
/// their own (R4). Null: it does not, or its name leads there.</param>
internal readonly record struct LostFile(KnownFile Known, LossCause Cause, SeenFile? Successor = null);

/// <summary>A known generation and a copy under way agree up to there: worth remembering, because the copy may end shorter than the position.</summary>
internal readonly record struct ProvenPrefix(KnownFile Known, Checkpoint At);

/// <summary>
/// The result of one look. Every seen file has one verdict; every known generation is in a verdict, lost, or held by a descriptor
/// only.
/// </summary>
internal sealed class LookResult
{
    public List<FileVerdict> Files { get; } = [];

    public List<LostFile> Lost { get; } = [];

    /// <summary>Held open; no name leads to them.</summary>
    public List<KnownFile> Nameless { get; } = [];

    public List<ProvenPrefix> Proven { get; } = [];

    /// <summary>
    /// A comparison continues in the next look: until then nothing is ended, and nothing that was written later is read.
    /// </summary>
    public bool IsComparing { get; set; }

    /// <summary>Some file must be looked at again, whether anything changes or not.</summary>
    public bool IsUndecided => Files.Exists(f => f.Verdict is Verdict.Undecided or Verdict.Unreadable);
}
