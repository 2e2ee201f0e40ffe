using System.Buffers;
using System.Globalization;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The state of a buffered file, in the order in which it passes through them; its extension is the state (FORMAT.md).
/// </summary>
internal enum FileState
{
    Chunk,
    Sealing,
    Object,
    Attempted,
    Quarantined,
}

/// <summary>Names of buffered files: the seq in 12 hex digits, a dot, the state.</summary>
internal static class FileNames
{
    public const string Reserve = "reserve";
    private const int SeqDigits = 12;

    /// <summary>Half of the digits' range, so that a hand-made file cannot use the numbers up.</summary>
    private const long HighestSeq = 1L << 47;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private static readonly FileState[] States = Enum.GetValues<FileState>();

    public static string Format(long seq, FileState state) =>
        string.Create(CultureInfo.InvariantCulture, $"{seq:x12}{Extension(state)}");

    /// <summary>Accepts only names that <see cref="Format"/> would write: a seq has one name for each state.</summary>
    public static bool TryParse(string name, out long seq, out FileState state)
    {
        (seq, state) = (0, default);
        if (name.Length <= SeqDigits || name.AsSpan(0, SeqDigits).ContainsAnyExcept(Digits)
            || !long.TryParse(name.AsSpan(0, SeqDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) || number > HighestSeq)
        {
            return false;
        }

        foreach (var candidate in States)
        {
            if (name.AsSpan(SeqDigits).SequenceEqual(Extension(candidate)))
            {
                (seq, state) = (number, candidate);
                return true;
            }
        }

        return false;
    }

    private static string Extension(FileState state) => state switch
    {
        FileState.Chunk => ".chunk",
        FileState.Sealing => ".sealing",
        FileState.Object => ".object",
        FileState.Attempted => ".attempted",
        _ => ".quarantined",
    };
}
