namespace Collector.Commands.Converting.Fluentd;

/// <summary>The parameters of Fluentd's source <c>tail</c>.</summary>
internal static class FluentdTail
{
    public static void Read(FluentdElement source, ConvertedSource taken, Conversion to)
    {
        var keys = taken.Keys;
        to.Follow(source, keys, FluentdNeutral.Tail);
        // Its counterpart is dataDir.
        _ = source["pos_file"];
        if (!source.IsOn("read_from_head", otherwise: false, keys))
            keys.Set("startAt", "end");
        if (source["exclude_path"].Length > 0)
            ExcludedPaths.Add(taken, source.SpotOf("exclude_path"), "exclude_path", source["exclude_path"].Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(p => p.Trim('"', '\'')));
        foreach (var parameter in source.Parameters)
        {
            var (key, at) = (parameter.Name, parameter.At);
            switch (key)
            {
                case "path_key":
                    keys.Weigh(at, $"path_key {parameter.Value} adds a field to each record; the collector adds no field of that name");
                    break;
                case "limit_recently_modified":
                    keys.Weigh(at, $"limit_recently_modified {parameter.Value} skips old files; the collector reads every file that path matches, at the first start from where startAt says");
                    break;
                case "max_line_size":
                    keys.Note(at, "longer lines are cut at maxRecordSize, marked and counted, in place of being dropped");
                    Words.SetSize(keys, "maxRecordSize", at, key, parameter.Value, SizeUnits.Binary);
                    break;
                case "encoding" or "from_encoding" when parameter.Value.ToUpperInvariant() is not ("UTF-8" or "UTF8"):
                    keys.Weigh(at, $"{key} {parameter.Value}: the collector reads lines as UTF-8, and replaces other bytes by U+FFFD");
                    break;
                case "format":
                    Parser(parameter.Value.ToLowerInvariant(), source, at, taken);
                    break;
            }
        }

        foreach (var parse in source.All("parse"))
            Parser(parse.Type, parse, parse.At, taken);
        foreach (var group in source.All("group"))
        {
            group.SetApart();
            keys.Weigh(group.At, "a <group> limits how many lines of a pod are read; the collector reads them all");
        }
    }

    /// <param name="type">The parser.</param>
    /// <param name="keys">The element with its parameters.</param>
    /// <param name="at">Its place.</param>
    /// <param name="taken">The source.</param>
    private static void Parser(string type, FluentdElement keys, Spot at, ConvertedSource taken)
    {
        if (taken.IsContainers)
        {
            // The collector knows both runtimes' formats and detects the format from the lines.
            foreach (var parse in keys.Name == "parse" ? [keys] : keys.All("parse"))
                parse.SetApart();
            if (type is "multiline" or "multiline_grok")
                taken.Keys.Weigh(at, "parse multiline joins lines into records; the collector stores each line as a record (multiline comes with a later version)");
            return;
        }

        switch (type)
        {
            case "none" or "":
                break;
            case "json":
                taken.Keys.Set("parser", "json");
                // Fluentd uses the field time if none is configured.
                taken.Keys.SetText("timeField", keys["time_key"].Length > 0 ? keys["time_key"] : "time");
                var format = keys["time_format"].Length > 0 ? "time_format" : "time_type";
                LineTime.Set(taken.Keys, keys.SpotOf(format), format, keys[format], FluentdZone.OfTimes(keys, taken.Keys));
                break;
            case "multiline":
                taken.Keys.Weigh(at, "parse multiline joins lines into records; the collector stores each line as a record (multiline comes with a later version)");
                break;
            default:
                if (keys.Name == "parse")
                    keys.SetApart();
                taken.Keys.Weigh(at, $"parse {type} splits lines into fields; the collector keeps the whole line in log");
                break;
        }
    }
}
