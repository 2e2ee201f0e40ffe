using Collector.Pipeline.Records;

namespace Collector.Pipeline.Cri;

/// <summary>
/// One line of Docker's json-file driver: <c>{"log":"…\n","stream":"stdout","time":"…"}</c>, its members in any order, unknown
/// ones passed over. Slices of the line or of the scratch buffer: valid until either changes.
/// </summary>
public readonly ref struct DockerLine
{
    private DockerLine(ReadOnlySpan<byte> time, LogStream stream, bool isPartial, ReadOnlySpan<byte> text)
    {
        Time = time;
        Stream = stream;
        IsPartial = isPartial;
        Text = text;
    }

    /// <summary>The runtime's own RFC 3339 text: only digits and separators are checked, so it is safe inside JSON.</summary>
    public ReadOnlySpan<byte> Time { get; }

    /// <summary><see cref="LogStream.None"/> when the line does not say.</summary>
    public LogStream Stream { get; }

    /// <summary>
    /// The message did not end in <c>\n</c>: Docker cut it (at 16 KiB), and the next line of this stream continues it.
    /// </summary>
    public bool IsPartial { get; }

    /// <summary>The message without its final <c>\n</c>; a <c>\r</c> before that stays.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>
    /// Parses a line without its <c>\n</c>. False when it is not a JSON object with a <c>log</c> and a well-formed <c>time</c>.
    /// </summary>
    /// <param name="line">The line; borrowed.</param>
    /// <param name="scratch">The caller's buffer; emptied here, and filled when the message has escapes besides its final
    /// <c>\n</c>.</param>
    /// <param name="parsed">The parts.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, ByteBuffer scratch, out DockerLine parsed)
    {
        parsed = default;
        scratch.Reset();
        ReadOnlySpan<byte> log = default, time = default;
        var hasLog = false;
        var stream = LogStream.None;
        var members = new JsonScanner(line);
        if (!members.TryEnterObject())
            return false;

        JsonRead read;
        while ((read = members.ReadMember(out var member)) == JsonRead.Member)
        {
            if (member.Kind != JsonKind.String)
                continue;
            if (member.Name.SequenceEqual("log"u8))
            {
                log = member.Text;
                hasLog = true;
            }
            else if (member.Name.SequenceEqual("time"u8))
                time = member.Text;
            else if (member.Name.SequenceEqual("stream"u8))
                stream = ReadStream(member.Text);
        }

        if (read != JsonRead.End || !hasLog || time.IsEmpty || Rfc3339.Measure(time) != time.Length)
            return false;
        var text = Unescape(log, scratch, out var isPartial);
        parsed = new DockerLine(time, stream, isPartial, text);
        return true;
    }

    private static LogStream ReadStream(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("stdout"u8) ? LogStream.Stdout
        : text.SequenceEqual("stderr"u8) ? LogStream.Stderr
        : LogStream.None;

    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> log, ByteBuffer scratch, out bool isPartial)
    {
        var escape = log.IndexOf((byte)'\\');
        if (escape < 0 || (escape == log.Length - 2 && log[^1] == 'n'))
        {
            isPartial = escape < 0;
            return isPartial ? log : log[..escape];
        }

        scratch.Advance(JsonString.Unescape(log, scratch.GetSpan(log.Length)));
        var text = scratch.Written;
        isPartial = !text.EndsWith((byte)'\n');
        return isPartial ? text : text[..^1];
    }
}
