namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>What is at a place where a member may begin.</summary>
internal enum HeaderResult
{
    Header,

    /// <summary>Nothing, or not a header: the end of the compressed data.</summary>
    None,

    Damaged,

    /// <summary>The file ends in it.</summary>
    Cut,
}

/// <summary>The header of a member (RFC 1952 §2.3).</summary>
internal static class GzipHeader
{
    public const int FixedLength = 10;
    private const int FlagsAt = 3;
    private const int HasCrc = 0x02;
    private const int HasExtra = 0x04;
    private const int HasName = 0x08;
    private const int HasComment = 0x10;
    private const int Reserved = 0xE0;

    /// <summary>Enough of the three magic bytes are right, so the others are damage, not padding.</summary>
    private const int MostlyMagic = 2;

    private static ReadOnlySpan<byte> Magic => [0x1F, 0x8B, 0x08];

    /// <summary>Skips a header. Its own checksum, which hardly any tool writes, is ignored: the data has one.</summary>
    public static HeaderResult Skip(BitInput input)
    {
        Span<byte> head = stackalloc byte[FixedLength];
        var length = input.Read(head);
        var equal = 0;
        for (var i = 0; i < Math.Min(length, Magic.Length); i++)
        {
            equal += head[i] == Magic[i] ? 1 : 0;
        }

        if (equal < MostlyMagic)
        {
            return HeaderResult.None;
        }

        if (length < FixedLength)
        {
            return HeaderResult.Cut;
        }

        var flags = head[FlagsAt];
        if (equal < Magic.Length || (flags & Reserved) != 0)
        {
            return HeaderResult.Damaged;
        }

        var isWhole = ((flags & HasExtra) == 0 || SkipExtra(input)) && ((flags & HasName) == 0 || SkipText(input)) &&
            ((flags & HasComment) == 0 || SkipText(input)) && ((flags & HasCrc) == 0 || SkipBytes(input, sizeof(ushort)));
        return isWhole ? HeaderResult.Header : HeaderResult.Cut;
    }

    private static bool SkipExtra(BitInput input) => input.TryRead(16, out var length) && SkipBytes(input, (int)length);

    private static bool SkipText(BitInput input)
    {
        while (input.TryRead(8, out var value))
        {
            if (value == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool SkipBytes(BitInput input, int count)
    {
        while (count > 0 && input.TryRead(8, out _))
        {
            count--;
        }

        return count == 0;
    }
}
