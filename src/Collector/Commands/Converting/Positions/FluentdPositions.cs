using System.Globalization;
using Collector.Pipeline.Positions;

namespace Collector.Commands.Converting.Positions;

/// <summary>The positions of Fluentd's source <c>tail</c>: a file of lines <c>path TAB position TAB inode</c>, the numbers in 16 hexadecimal digits.</summary>
internal static class FluentdPositions
{
    /// <summary>The value in place of a position when a file is no longer watched.</summary>
    private const ulong Unwatched = ulong.MaxValue;

    /// <summary>Throws <see cref="ConvertException"/>.</summary>
    public static IReadOnlyList<HandedPosition> Read(string file)
    {
        var text = InputText.Read(file);
        // The other agent has not seen files that were created after its last change.
        var knownAt = new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeSeconds();
        var positions = new List<HandedPosition>();
        foreach (var (index, line) in text.Split('\n').Index())
        {
            if (line.Length == 0)
                continue;
            var parts = line.Split('\t');
            if (parts.Length != 3 || !TryParse(parts[1], out var position) || !TryParse(parts[2], out var inode))
                throw new ConvertException(new Spot(file, index + 1), "the line is not one of a position file (path, position and inode, with tabs between); give the file that pos_file of the source tail names");
            if (position != Unwatched && position <= long.MaxValue && inode != 0)
                positions.Add(new HandedPosition(parts[0], inode, (long)position, knownAt));
        }

        return positions;
    }

    private static bool TryParse(string text, out ulong number) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
}
