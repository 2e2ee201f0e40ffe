using Collector.Pipeline.Records;

namespace Collector.Pipeline.Cri;

/// <summary>
/// One line as the kubelet's CRI log format has it, as slices of the line it was parsed from: valid as long as that is.
/// </summary>
public readonly ref struct CriLine
{
    private CriLine(ReadOnlySpan<byte> time, LogStream stream, bool isPartial, ReadOnlySpan<byte> text)
    {
        Time = time;
        Stream = stream;
        IsPartial = isPartial;
        Text = text;
    }

    /// <summary>The runtime's own RFC 3339 text: only digits and separators are checked, so it is safe inside JSON.</summary>
    public ReadOnlySpan<byte> Time { get; }

    public LogStream Stream { get; }

    /// <summary>The tag <c>P</c>: the next line of this stream continues the same record.</summary>
    public bool IsPartial { get; }

    /// <summary>The program's text, verbatim: a <c>\r</c> before the line's end is the program's and stays.</summary>
    public ReadOnlySpan<byte> Text { get; }

    private static int StreamLength => " stdout ".Length;

    /// <summary>Parses a line without its <c>\n</c>. False when it is not a CRI line; never throws, for any bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out CriLine parsed)
    {
        // ^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)) (?<stream>stdout|stderr) (?<tag>[PF])(:[^ ]*)?( (?<text>.*))?$
        parsed = default;
        var timeLength = Rfc3339.Measure(line);
        var rest = line[timeLength..];
        if (timeLength == 0 || rest.Length <= StreamLength)
            return false;

        var stream = rest.StartsWith(" stdout "u8) ? LogStream.Stdout
            : rest.StartsWith(" stderr "u8) ? LogStream.Stderr
            : LogStream.None;
        var tag = rest[StreamLength];
        if (stream == LogStream.None || tag is not ((byte)'F' or (byte)'P'))
            return false;

        rest = rest[(StreamLength + 1)..];
        if (rest.StartsWith((byte)':'))
        {
            var end = rest.IndexOf((byte)' ');
            rest = end < 0 ? [] : rest[end..];
        }

        if (!rest.IsEmpty && rest[0] != ' ')
            return false;
        parsed = new CriLine(line[..timeLength], stream, tag == 'P', rest.IsEmpty ? rest : rest[1..]);
        return true;
    }
}
