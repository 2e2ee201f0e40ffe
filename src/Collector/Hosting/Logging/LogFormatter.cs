using System.Globalization;
using System.Text;
using Collector.Configuration;

namespace Collector.Hosting.Logging;

/// <summary>Writes an entry as one line, its newline included, in one of the two formats.</summary>
internal static class LogFormatter
{
    // Space for a path of PATH_MAX in the message; the fields repeat its parts. The exception gets the rest.
    private const int MaxMessage = 6 * 1024;
    private const int MaxField = 1024;
    private const int MaxName = 128;

    // Below this no further field is begun, so that the line ends well.
    private const int MinRoom = 256;

    private const string TemplateField = "{OriginalFormat}";

    private static readonly string[] OwnFields = ["time", "level", "logger", "message", "suppressed", "exception"];

    public static void Write(LineWriter line, in LogEntry entry, LogOptions options)
    {
        line.Reset();
        if (options.ErasesProgress)
        {
            line.Raw(OnceProgress.Erase);
        }

        if (options.Format == LogFormat.Json)
        {
            WriteJson(line, entry);
        }
        else
        {
            WriteText(line, entry);
        }

        line.Raw("\n"u8);
    }

    private static void WriteJson(LineWriter line, in LogEntry entry)
    {
        line.Raw("{\"time\":"u8);
        Quoted(line, Time(entry), MaxName);
        line.Raw(",\"level\":"u8);
        Quoted(line, Name(entry.Level), MaxName);
        line.Raw(",\"logger\":"u8);
        Quoted(line, entry.Logger, MaxName);
        line.Raw(",\"message\":"u8);
        Quoted(line, entry.Message, MaxMessage);
        if (entry.Suppressed > 0)
        {
            line.Raw(",\"suppressed\":"u8);
            Value(line, entry.Suppressed);
        }

        WriteFields(line, entry.Fields ?? []);
        if (entry.Exception is { } exception && line.Room > MinRoom)
        {
            line.Raw(",\"exception\":"u8);
            Quoted(line, exception.ToString(), int.MaxValue);
        }

        line.Raw("}"u8);
    }

    private static void WriteFields(LineWriter line, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        foreach (var (name, value) in fields)
        {
            if (name == TemplateField || line.Room < MinRoom)
                continue;

            line.Raw(","u8);
            Quoted(line, FieldName(name), MaxName);
            line.Raw(":"u8);
            Value(line, value);
        }
    }

    private static void WriteText(LineWriter line, in LogEntry entry)
    {
        line.Escaped(Time(entry), MaxName, quoted: false);
        line.Raw(" "u8);
        line.Escaped(Name(entry.Level).PadRight(5), MaxName, quoted: false);
        line.Raw(" "u8);
        line.Escaped(entry.Logger, MaxName, quoted: false);
        line.Raw(": "u8);
        line.Escaped(entry.Message, MaxMessage, quoted: false);
        if (entry.Suppressed > 0)
        {
            line.Escaped($" ({entry.Suppressed} more of these were suppressed)", MaxName, quoted: false);
        }

        if (entry.Exception is { } exception && line.Room > MinRoom)
        {
            line.Raw(" | "u8);
            line.Escaped(exception.ToString(), int.MaxValue, quoted: false);
        }
    }

    private static void Value(LineWriter line, object? value)
    {
        switch (value)
        {
            case null:
                line.Raw("null"u8);
                break;
            case bool flag:
                line.Raw(flag ? "true"u8 : "false"u8);
                break;
            case int or long or uint or ulong or short or ushort or byte or sbyte:
                line.Raw(Encoding.ASCII.GetBytes(Invariant(value)));
                break;
            case double number when double.IsFinite(number):
                line.Raw(Encoding.ASCII.GetBytes(Invariant(number)));
                break;
            default:
                Quoted(line, Invariant(value), MaxField);
                break;
        }
    }

    private static void Quoted(LineWriter line, string text, int limit)
    {
        line.Raw("\""u8);
        line.Escaped(text, limit, quoted: true);
        line.Raw("\""u8);
    }

    // Templates name their parameters in PascalCase; this name is free for us.
    private static string FieldName(string name)
    {
        var camel = name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];
        return OwnFields.Contains(camel) ? "_" + camel : camel;
    }

    private static string Time(in LogEntry entry) =>
        entry.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Invariant(object value) => value switch
    {
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
