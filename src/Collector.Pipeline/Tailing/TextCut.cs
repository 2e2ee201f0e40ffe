namespace Collector.Pipeline.Tailing;

/// <summary>Cuts a text that is longer than <c>maxRecordSize</c>.</summary>
internal static class TextCut
{
    /// <summary>The most bytes that follow the first byte of a UTF-8 character.</summary>
    private const int MostFollowers = 3;

    /// <summary>
    /// At most <paramref name="max"/> bytes, without half a character at their end: it would be counted as invalid UTF-8, though
    /// the log had none.
    /// </summary>
    public static ReadOnlySpan<byte> To(ReadOnlySpan<byte> text, int max)
    {
        if (text.Length <= max)
        {
            return text;
        }

        for (var end = max; end > 0 && end >= max - MostFollowers; end--)
        {
            if (!IsFollower(text[end]))
            {
                return text[..end];
            }
        }

        return text[..max];
    }

    private static bool IsFollower(byte value) => (value & 0b1100_0000) == 0b1000_0000;
}
