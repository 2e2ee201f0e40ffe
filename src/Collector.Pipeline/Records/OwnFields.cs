using System.Numerics;
using System.Text.Unicode;

namespace Collector.Pipeline.Records;

/// <summary>
/// The fields of a JSON log line on their way into a record. Two passes: the first proves that the line is an object, finds its
/// time, and sees whether any name is one of the collector's; the second writes, nearly always with one copy of everything
/// between the braces. Slices of the line: valid as long as that is.
/// </summary>
internal readonly ref struct OwnFields
{
    /// <summary>
    /// The most underscores that can stand before a reserved name and still be recognized, and the greatest length in bytes of such
    /// a name with every byte escaped.
    /// </summary>
    private const int MaxUnderscores = 63;
    private const int MaxEscapedName = (MaxUnderscores + ReservedNames.MaxLength) * EscapeLength;

    /// <summary>The longest text that is parsed as a time: twice what RFC 3339 needs.</summary>
    private const int MaxTime = 2 * Rfc3339.MaxLength;

    /// <summary>Bytes of a time, its quotes included, when every byte is escaped.</summary>
    private const int MaxEscapedTime = (MaxTime * EscapeLength) + 2;

    private const int EscapeLength = 6;

    private readonly ReadOnlySpan<byte> _line;
    private readonly ReadOnlySpan<byte> _time;
    private readonly JsonKind _timeKind;
    private readonly RecordMarks _marks;
    private readonly JsonLines _how;
    private readonly bool _collides;

    private OwnFields(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> time, JsonKind timeKind, bool collides, RecordMarks marks, JsonLines how)
    {
        _line = line;
        _time = time;
        _timeKind = timeKind;
        _how = how;
        _collides = collides;
        _marks = marks;
    }

    /// <summary>False when the line is not one JSON object.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, JsonLines how, RecordMarks marks, out OwnFields fields)
    {
        fields = default;
        ReadOnlySpan<byte> time = default;
        var timeKind = JsonKind.Literal;
        var collides = false;
        Span<byte> scratch = stackalloc byte[MaxEscapedName];
        var members = new JsonScanner(line);
        if (!members.TryEnterObject())
            return false;

        JsonRead read;
        while ((read = members.ReadMember(out var member)) == JsonRead.Member)
        {
            var name = Plain(member.Name, scratch);
            if (how.TimeField.Length > 0 && name.SequenceEqual(how.TimeField))
            {
                time = member.Raw;
                timeKind = member.Kind;
            }

            collides |= ReservedNames.IndexOf(name, marks, how.NamesSource) >= 0;
        }

        fields = new OwnFields(line, time, timeKind, collides, marks, how);
        return read == JsonRead.End;
    }

    /// <summary>
    /// The line's own time: RFC 3339 text stays, any other form (<see cref="TimeFormat"/>) becomes such a text in UTC. Empty when
    /// the field is missing or cannot be parsed.
    /// </summary>
    /// <param name="scratch">Takes the text; <see cref="Rfc3339.MaxLength"/> bytes.</param>
    /// <param name="time">The same as a value; null when there is none.</param>
    public ReadOnlySpan<byte> ReadTime(Span<byte> scratch, out RecordTime? time)
    {
        time = null;
        if (_timeKind is not (JsonKind.Number or JsonKind.String) || _time.Length > MaxEscapedTime)
            return [];
        Span<byte> plain = stackalloc byte[MaxEscapedTime];
        var text = _timeKind == JsonKind.Number ? _time : plain[..JsonString.Unescape(_time[1..^1], plain)];
        if (text.IsEmpty || !_how.TimeFormat.TryRead(text, out var read))
            return [];
        time = read;
        if (Rfc3339.Measure(text) != text.Length)
            return scratch[..read.Format(scratch)];
        text.CopyTo(scratch);
        return scratch[..text.Length];
    }

    /// <summary>Writes the fields, each with a comma before it. Returns whether bytes that were not UTF-8 became U+FFFD.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="timeIsTaken">The line's own time is the record's: not repeated when its field is called <c>time</c>.</param>
    public bool Write(ByteBuffer to, bool timeIsTaken)
    {
        var repair = !Utf8.IsValid(_line);
        if (_collides)
        {
            WriteEach(to, timeIsTaken && _how.TimeField.SequenceEqual(ReservedNames.Time), repair);
            return repair;
        }

        var members = _line.Trim(JsonText.WhiteSpace)[1..^1].Trim(JsonText.WhiteSpace);
        if (!members.IsEmpty)
        {
            to.Append((byte)',');
            JsonText.AppendJson(to, members, repair);
        }

        return repair;
    }

    private void WriteEach(ByteBuffer to, bool withoutTime, bool repair)
    {
        Span<byte> scratch = stackalloc byte[MaxEscapedName];
        Span<int> underscores = stackalloc int[ReservedNames.Count];
        underscores.Clear();
        var members = new JsonScanner(_line);
        members.TryEnterObject();
        while (members.ReadMember(out var member) == JsonRead.Member)
        {
            var name = Plain(member.Name, scratch);
            var reserved = ReservedNames.IndexOf(name, _marks, _how.NamesSource);
            if (withoutTime && name.SequenceEqual(ReservedNames.Time))
                continue;

            to.Append(",\""u8);
            if (reserved >= 0)
            {
                if (underscores[reserved] == 0)
                    underscores[reserved] = CountFreeUnderscores(name);
                to.GetSpan(underscores[reserved])[..underscores[reserved]].Fill((byte)'_');
                to.Advance(underscores[reserved]);
            }

            JsonText.AppendJson(to, member.Name, repair);
            to.Append("\":"u8);
            JsonText.AppendJson(to, member.Raw, repair);
        }
    }

    /// <summary>How many underscores make <paramref name="name"/> a name that the line does not have itself.</summary>
    private int CountFreeUnderscores(ReadOnlySpan<byte> name)
    {
        Span<byte> scratch = stackalloc byte[MaxEscapedName];
        var taken = 1UL;
        var longest = 0;
        var members = new JsonScanner(_line);
        members.TryEnterObject();
        while (members.ReadMember(out var member) == JsonRead.Member)
        {
            var own = Plain(member.Name, scratch);
            var count = own.Length - name.Length;
            if (count <= 0 || !own.EndsWith(name) || own[..count].ContainsAnyExcept((byte)'_'))
                continue;
            longest = Math.Max(longest, count);
            if (count <= MaxUnderscores)
                taken |= 1UL << count;
        }

        return taken == ulong.MaxValue ? longest + 1 : BitOperations.TrailingZeroCount(~taken);
    }

    /// <summary>The name without escapes; a name that is too long to be reserved stays as it is.</summary>
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> name, Span<byte> scratch) =>
        name.Length > scratch.Length || !name.Contains((byte)'\\') ? name : scratch[..JsonString.Unescape(name, scratch)];
}
