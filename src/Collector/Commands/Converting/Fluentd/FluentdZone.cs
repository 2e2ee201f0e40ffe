namespace Collector.Commands.Converting.Fluentd;

/// <summary>Fluentd's time zones: it writes and reads dates in local time unless it is told another zone; the collector does so in UTC.</summary>
internal static class FluentdZone
{
    /// <summary>The zone of times in lines that name none, for <see cref="LineTime"/>.</summary>
    /// <param name="parse">The element with the parser's parameters.</param>
    /// <param name="keys">Receive the remark on a value that is not known.</param>
    public static string OfTimes(FluentdElement parse, Block keys) => Given(parse, ("utc", "localtime", "timezone"), keys) is { } given ? given.Zone : LineTime.LocalByDefault;

    /// <summary>Tells that dates in the keys of objects are of another zone.</summary>
    /// <param name="match">The output.</param>
    /// <param name="format">The part of a key that <c>keyPrefix</c> takes over.</param>
    /// <param name="keys">Receive the remark.</param>
    public static void TellDates(FluentdElement match, string format, Block keys)
    {
        var buffer = match.Element("buffer");
        var given = (buffer is null ? null : Given(buffer, ("timekey_use_utc", "", "timekey_zone"), keys)) ?? Given(match, ("utc", "localtime", "timezone"), keys);
        if (!HasDate(format) || LineTime.IsUtc(given?.Zone ?? LineTime.LocalByDefault))
            return;
        if (given is { } zone)
            keys.Weigh(zone.At, $"dates in keys are of {(zone.Zone == LineTime.Local ? "the node's zone" : zone.Zone)}; the collector writes them in UTC, so objects get other keys than before");
        else
            keys.Note(match.At, "dates in keys are in Fluentd's local time, because timekey_use_utc is not set; the collector writes them in UTC. In a container without the variable TZ both are the same");
    }

    /// <summary>What an element says of its zone; null: nothing.</summary>
    private static (string Zone, Spot At)? Given(FluentdElement element, (string Utc, string Local, string Zone) names, Block keys)
    {
        var zone = element[names.Zone];
        var (utc, local) = (Flag(element, names.Utc, keys), Flag(element, names.Local, keys));
        return utc == true || local == false ? ("", element.SpotOf(names.Utc))
            : zone.Length > 0 ? (zone, element.SpotOf(names.Zone))
            : utc == false || local == true ? (LineTime.Local, element.SpotOf(utc is null ? names.Local : names.Utc))
            : null;
    }

    /// <summary>Null: it is not given.</summary>
    private static bool? Flag(FluentdElement element, string name, Block keys) =>
        element.Find(name) is null ? null : element.IsOn(name, otherwise: false, keys);

    private static bool HasDate(string format)
    {
        for (var at = format.IndexOf('%', StringComparison.Ordinal); at >= 0 && at + 1 < format.Length; at = format.IndexOf('%', at + 2))
        {
            if (char.IsAsciiLetter(format[at + 1]))
                return true;
        }

        return false;
    }
}
