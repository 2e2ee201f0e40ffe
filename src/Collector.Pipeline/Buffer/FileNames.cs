using System.Globalization;

namespace Collector.Pipeline.Buffer;

/// <summary>The state of a buffered file; its name's extension says it (FORMAT.md).</summary>
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

    public static string Of(long seq, FileState state) =>
        string.Create(CultureInfo.InvariantCulture, $"{seq:x12}{Extension(state)}");

    public static bool TryParse(string name, out long seq, out FileState state)
    {
        state = default;
        if (name.Length <= SeqDigits || !long.TryParse(name.AsSpan(0, SeqDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out seq))
        {
            seq = 0;
            return false;
        }

        foreach (var candidate in Enum.GetValues<FileState>())
        {
            if (name.AsSpan(SeqDigits).SequenceEqual(Extension(candidate)))
            {
                state = candidate;
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
