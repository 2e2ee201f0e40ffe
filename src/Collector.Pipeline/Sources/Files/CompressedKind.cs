namespace Collector.Pipeline.Sources.Files;

/// <summary>How a file is compressed.</summary>
internal enum CompressedKind
{
    None,

    /// <summary>The supported compression.</summary>
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Lz4,

    /// <summary>Of the old <c>compress</c>: <c>.Z</c>.</summary>
    Lzw,
}

/// <summary>Distinguishes compressed files from text (R6): a file with an unsupported compression contains no log lines.</summary>
internal static class CompressedKinds
{
    /// <summary>This many first bytes of a file are enough.</summary>
    public const int HeadLength = 6;

    /// <summary>The message for a file that <see cref="IsUnread"/>, as the end of a sentence that names it.</summary>
    public const string WhyUnread = "its compression is not supported; configure the rotation to use gzip";

    private static readonly (string Ending, CompressedKind Kind)[] s_endings =
    [
        (".gz", CompressedKind.Gzip), (".xz", CompressedKind.Xz), (".zst", CompressedKind.Zstd), (".bz2", CompressedKind.Bzip2),
        (".lz4", CompressedKind.Lz4), (".Z", CompressedKind.Lzw),
    ];

    /// <summary>Whether a file of that kind is neither text nor can be decompressed to text.</summary>
    public static bool IsUnread(CompressedKind kind) => kind is not (CompressedKind.None or CompressedKind.Gzip);

    /// <summary>By the bytes or, if they do not decide, by the name: a rotation may be about to write them.</summary>
    /// <param name="name">The file's own, or its whole path.</param>
    /// <param name="head">Its first bytes, as many as there are up to <see cref="HeadLength"/>; may be empty.</param>
    public static CompressedKind Of(ReadOnlySpan<char> name, ReadOnlySpan<byte> head)
    {
        if (Of(head) is var kind and not CompressedKind.None)
        {
            return kind;
        }

        foreach (var (ending, named) in s_endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                return named;
            }
        }

        return CompressedKind.None;
    }

    private static CompressedKind Of(ReadOnlySpan<byte> head) => head switch
    {
        [0x1F, 0x8B, 0x08, ..] => CompressedKind.Gzip,
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00, ..] => CompressedKind.Xz,

        [0x28, 0xB5, 0x2F, 0xFD, ..] => CompressedKind.Zstd,

        // After the block size come the digits of pi at the beginning of a block, or those of its root at the end of an empty file:
        // plain text may also begin with BZh.
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..] => CompressedKind.Bzip2,
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x17, 0x72, ..] => CompressedKind.Bzip2,

        // The format of frames, and the one before it.
        [0x04, 0x22, 0x4D, 0x18, ..] or [0x02, 0x21, 0x4C, 0x18, ..] => CompressedKind.Lz4,
        [0x1F, 0x9D, ..] => CompressedKind.Lzw,
        _ => CompressedKind.None,
    };
}
