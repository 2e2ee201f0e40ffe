using System.Globalization;
using System.Text;
using Collector.Testing.Mix;

namespace Collector.Torture.Apps;

/// <summary>The lines of one application's file: text of the mix, or JSON objects whose times are of many days.</summary>
internal sealed class AppLines(SeededRandom random, uint writer, bool isJson)
{
    private const int Days = 3, HoursADay = 24, LongestNote = 120;
    private const double OtherHourChance = 0.03;

    private static readonly DateTime s_firstDay = new(2026, 11, 20, 0, 0, 0, DateTimeKind.Utc);

    private readonly LogMix _mix = new(random.NextUInt64(), traceable: true);
    private int _hour;

    /// <summary>The next line, newline included.</summary>
    public byte[] Next(uint sequence)
    {
        if (isJson) return NextObject(sequence);
        MixMessage message = _mix.Next(RuntimeStream.Stdout, whole: true);
        TraceMark.Seal(message.Text, message.MarkOffset, writer, RuntimeStream.Stdout, sequence, default);
        return [.. message.Text, (byte)'\n'];
    }

    /// <summary>The same line with another number, as an editor changes lines.</summary>
    public byte[] Again(byte[] line, uint sequence)
    {
        byte[] again = [.. line];
        Span<byte> text = again.AsSpan(0, again.Length - 1);
        TraceMark.Seal(text, text.IndexOf("@t"u8), writer, RuntimeStream.Stdout, sequence, default);
        return again;
    }

    private byte[] NextObject(uint sequence)
    {
        if (random.Chance(OtherHourChance)) _hour = random.Below(Days * HoursADay);
        DateTime at = s_firstDay.AddHours(_hour).AddMilliseconds(random.Below(3_600_000));
        string time = at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        byte[] text = [.. new byte[TraceMark.Length], .. Encoding.ASCII.GetBytes($" {new string('n', random.Below(LongestNote))}")];
        TraceMark.Seal(text, 0, writer, RuntimeStream.Stdout, sequence, Encoding.ASCII.GetBytes(time));
        return Encoding.ASCII.GetBytes($$"""{"ts":"{{time}}","trace":"{{Encoding.ASCII.GetString(text)}}","n":{{sequence}}}""" + "\n");
    }
}
