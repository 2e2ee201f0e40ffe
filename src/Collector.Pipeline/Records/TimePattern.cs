using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>
/// A time in strptime's notation: the codes below; a blank stands for any number of blanks; other characters stand for themselves.
/// A time without a zone is UTC. Parsing allocates nothing. Immutable.
/// <code>
/// %Y %y %m %d %e %b %B %h %a %A   date; names of months and days are the English ones
/// %H %I %p %M %S %f %L %N         time; %f, %L and %N are digits behind a dot or comma, as many as there are
/// %z %Z                           +01:00 +0100 +01 Z; the same, or UTC or GMT
/// %s %F %T %%                     seconds since 1970; %Y-%m-%d; %H:%M:%S; a percent sign
/// </code>
/// </summary>
internal sealed class TimePattern
{
    private static readonly string[] s_months = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    private static readonly string[] s_days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    private const string Codes = "YymdebBhaAHIpMSfLNzZs%";

    /// <summary>POSIX: 69 to 99 are of the last century.</summary>
    private const int FirstYearOfNineteenHundred = 69;

    private readonly string _steps;
    private readonly bool _takesRest;

    private TimePattern(string steps, bool takesRest) => (_steps, _takesRest) = (steps, takesRest);

    /// <summary>Like a pattern, with an optional fraction and zone after it.</summary>
    public static TimePattern WithRest(string pattern) => new(Expand(pattern), takesRest: true);

    /// <summary>False when a code is unknown, or the day is incomplete; <paramref name="error"/> then says what to write.</summary>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out TimePattern? parsed, out string error)
    {
        parsed = null;
        error = "";
        var steps = Expand(pattern);
        var codes = new HashSet<char>();
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i] != '%')
                continue;
            if (++i == steps.Length || !Codes.Contains(steps[i]))
            {
                error = $"'{pattern}' has an unknown code; write %Y %y %m %d %e %b %B %a %A %H %I %p %M %S %f %L %N %z %Z %s %F %T or %%";
                return false;
            }

            codes.Add(steps[i]);
        }

        if (!codes.Contains('s') && !(codes.Overlaps("Yy") && codes.Overlaps("mbBh") && codes.Overlaps("de")))
        {
            error = $"'{pattern}' lacks the year, the month or the day; write a pattern like %Y-%m-%d %H:%M:%S, or %s";
            return false;
        }

        parsed = new TimePattern(steps, takesRest: false);
        return true;
    }

    /// <summary>Reads a whole text; false when it has another form, or names no real day or time.</summary>
    public bool TryRead(ReadOnlySpan<byte> text, out RecordTime time)
    {
        time = default;
        var read = new Reading(text);
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_steps[i] == '%' ? !read.TryCode(_steps[++i]) : !read.TryText(_steps[i]))
                return false;
        }

        return (!_takesRest || read.TryRest()) && read.IsAtEnd && read.TryMake(out time);
    }

    private static string Expand(string pattern) =>
        pattern.Replace("%F", "%Y-%m-%d", StringComparison.Ordinal).Replace("%T", "%H:%M:%S", StringComparison.Ordinal);

    /// <summary>The parts of one text that were parsed so far.</summary>
    private ref struct Reading(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _at;
        private long? _epoch;
        private int _year, _month = 1, _day = 1, _hour, _minute, _second, _offset;
        private bool _isAfternoon, _hasHalf;
        private long _nanoseconds;

        public readonly bool IsAtEnd => _at == _text.Length;

        public bool TryText(char expected)
        {
            if (expected == ' ')
            {
                var blanks = _at;
                SkipBlanks();
                return _at > blanks;
            }

            var isThere = _at < _text.Length && _text[_at] == expected;
            _at++;
            return isThere;
        }

        public bool TryCode(char code)
        {
            switch (code)
            {
                case 'Y':
                    return TryNumber(4, 4, out _year);
                case 'y':
                    var isYear = TryNumber(2, 2, out _year);
                    _year += _year < FirstYearOfNineteenHundred ? 2000 : 1900;
                    return isYear;
                case 'm':
                    return TryNumber(1, 2, out _month);
                case 'd' or 'e':
                    SkipBlanks();
                    return TryNumber(1, 2, out _day);
                case 'b' or 'B' or 'h':
                    return TryName(s_months, out _month);
                case 'a' or 'A':
                    return TryName(s_days, out _);
                case 'H':
                    return TryNumber(1, 2, out _hour);
                case 'I':
                    _hasHalf = true;
                    return TryNumber(1, 2, out _hour) && _hour is >= 1 and <= 12;
                case 'p':
                    return TryHalf();
                case 'M':
                    return TryNumber(2, 2, out _minute);
                case 'S':
                    return TryNumber(2, 2, out _second);
                case 'f' or 'L' or 'N':
                    return TryFraction();
                case 'z' or 'Z':
                    return TryZone();
                case 's':
                    return TryEpoch();
                default:
                    return TryText(code);
            }
        }

        /// <summary>A fraction and a zone, if there are any.</summary>
        public bool TryRest()
        {
            if (_at < _text.Length && _text[_at] is (byte)'.' or (byte)',')
            {
                _at++;
                if (!TryFraction())
                    return false;
            }

            SkipBlanks();
            return IsAtEnd || TryZone();
        }

        public readonly bool TryMake(out RecordTime time)
        {
            time = default;
            if (_epoch is { } seconds)
                return RecordTime.TryFromUnix(seconds, _nanoseconds, out time);
            var hour = _hasHalf ? (_hour % 12) + (_isAfternoon ? 12 : 0) : _hour;
            return RecordTime.TryFrom(_year, _month, _day, hour, _minute, _second, _nanoseconds, _offset, out time);
        }

        private void SkipBlanks()
        {
            while (_at < _text.Length && _text[_at] == ' ')
                _at++;
        }

        private bool TryNumber(int least, int most, out int value)
        {
            value = 0;
            var start = _at;
            while (_at < _text.Length && _at - start < most && Rfc3339.IsDigit(_text[_at]))
                value = (value * 10) + _text[_at++] - '0';
            return _at - start >= least;
        }

        private bool TryEpoch()
        {
            if (!System.Buffers.Text.Utf8Parser.TryParse(_text[Math.Min(_at, _text.Length)..], out long seconds, out var length))
                return false;
            (_epoch, _at) = (seconds, _at + length);
            return true;
        }

        private bool TryFraction()
        {
            var digits = 0;
            for (var unit = 100_000_000; _at < _text.Length && Rfc3339.IsDigit(_text[_at]); _at++, digits++, unit /= 10)
                _nanoseconds += (_text[_at] - '0') * (long)unit;
            return digits > 0;
        }

        private bool TryHalf()
        {
            var half = _text[Math.Min(_at, _text.Length)..];
            if (half.Length < 2 || (half[1] | 0x20) != 'm' || (half[0] | 0x20) is not ('a' or 'p'))
                return false;
            _isAfternoon = (half[0] | 0x20) == 'p';
            _at += 2;
            return true;
        }

        /// <summary>A name or its first three letters, in any case; counted from 1.</summary>
        private bool TryName(string[] names, out int number)
        {
            var rest = _text[Math.Min(_at, _text.Length)..];
            for (number = 1; number <= names.Length; number++)
            {
                var name = names[number - 1];
                var length = Begins(rest, name) ? name.Length : Begins(rest, name.AsSpan(0, 3)) ? 3 : 0;
                _at += length;
                if (length > 0)
                    return true;
            }

            return false;
        }

        private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<char> name) =>
            text.Length >= name.Length && Ascii.EqualsIgnoreCase(text[..name.Length], name);

        private bool TryZone()
        {
            var rest = _text[Math.Min(_at, _text.Length)..];
            var named = rest.StartsWith("UTC"u8) || rest.StartsWith("GMT"u8) ? 3 : rest.Length > 0 && rest[0] is (byte)'Z' or (byte)'z' ? 1 : 0;
            if (named > 0)
            {
                _at += named;
                return true;
            }

            if (rest.Length == 0 || rest[0] is not ((byte)'+' or (byte)'-'))
                return false;
            _at++;
            if (!TryNumber(2, 2, out var hours))
                return false;
            var minutes = 0;
            if (_at < _text.Length && _text[_at] == ':')
                _at++;
            if (!IsAtEnd && !TryNumber(2, 2, out minutes))
                return false;
            _offset = ((hours * 60) + minutes) * (rest[0] == '-' ? -60 : 60);
            return hours <= 23 && minutes <= 59;
        }
    }
}
