using Collector.Pipeline.Records;

namespace Collector.Commands.Converting;

/// <summary>The format of the time in JSON lines, which other agents give as a strptime pattern.</summary>
internal static class LineTime
{
    /// <summary>In place of a zone: the local time of the other agent, because its configuration says so.</summary>
    public const string Local = "local";

    /// <summary>In place of a zone: the local time of the other agent, because its configuration names no zone.</summary>
    public const string LocalByDefault = "local by default";

    private static readonly string[] s_utc = ["", "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "+0000", "+00:00"];

    /// <param name="keys">Receive timeFormat, or why there is none.</param>
    /// <param name="at">The pattern's place.</param>
    /// <param name="name">The pattern's key.</param>
    /// <param name="format">The pattern; empty: there is none.</param>
    /// <param name="zone">Of times that name none; empty: UTC.</param>
    public static void Set(Block keys, Spot at, string name, string format, string zone)
    {
        if (format.Length > 0 && !IsRead(format))
        {
            if (TimeFormat.TryParse(format, out _, out _))
                keys.SetText("timeFormat", format);
            else
                keys.Weigh(at, $"{name} {format} is not supported; a time that is neither RFC 3339 nor an epoch number nor in a common format becomes the time of reading");
        }

        if (IsUtc(zone) || NamesZone(format))
            return;
        if (zone != LocalByDefault)
            keys.Weigh(at, $"times without a zone are those of {(zone == Local ? "the node's zone" : zone)}; the collector reads them as UTC");
        else if (format.Length > 0)
            keys.Note(at, $"{name} {format} names no zone, so the times are in the agent's local time; the collector reads them as UTC. In a container without the variable TZ both are the same");
    }

    /// <summary>Whether the dates of a zone are those of UTC.</summary>
    public static bool IsUtc(string zone) => s_utc.Contains(zone, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the default, <c>auto</c>, reads such times.</summary>
    private static bool IsRead(string format) =>
        format.StartsWith("%Y-%m-%dT%H:%M:%S", StringComparison.Ordinal) || format is "%s" or "%s.%L" or "%s.%N" or "unixtime" or "float" or "string" or "%iso8601";

    private static bool NamesZone(string format) =>
        format is "unixtime" or "float" or "%iso8601" || format.EndsWith('Z') || ((string[])["%z", "%Z", "%s"]).Any(code => format.Contains(code, StringComparison.Ordinal));
}
