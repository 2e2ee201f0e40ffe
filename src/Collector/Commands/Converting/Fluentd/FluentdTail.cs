namespace Collector.Commands.Converting.Fluentd;

/// <summary>The parameters of Fluentd's source <c>tail</c>.</summary>
internal static class FluentdTail
{
    public static void Read(FluentdElement source, ConvertedSource taken)
    {
        var keys = taken.Keys;
        if (!Words.IsTrue(source["read_from_head"]))
            keys.Set("startAt", "end");
        if (source["exclude_path"].Length > 0)
            keys.SetList("excludePaths", source["exclude_path"].Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(p => p.Trim('"', '\'')));
        foreach (var (key, value, at) in source.Parameters)
        {
            switch (key)
            {
                case "path_key":
                    keys.Weigh(at, $"path_key {value} adds a field to each record; here none of that name is added");
                    break;
                case "limit_recently_modified":
                    keys.Weigh(at, $"limit_recently_modified {value} leaves old files out; here all that path finds are read, at the first start from where startAt says");
                    break;
                case "max_line_size":
                    keys.Note(at, "longer lines are cut at maxRecordSize, marked and counted, in place of being dropped");
                    if (Words.Size(value) is { } size)
                        keys.Set("maxRecordSize", size);
                    break;
                case "encoding" or "from_encoding" when value.ToUpperInvariant() is not ("UTF-8" or "UTF8"):
                    keys.Weigh(at, $"{key} {value}: here lines are UTF-8, and what is not becomes U+FFFD");
                    break;
                case "format" when !IsRuntimes(value):
                    Parser(value, "", "", at, taken);
                    break;
            }
        }

        foreach (var parse in source.Elements.Where(e => e.Name == "parse"))
            Parser(parse.Type, parse["time_key"], parse["time_format"].Length > 0 ? parse["time_format"] : parse["time_type"], parse.At, taken);
        foreach (var group in source.Elements.Where(e => e.Name == "group"))
            keys.Weigh(group.At, "a <group> limits how many lines of a pod are read; here all are");
    }

    private static void Parser(string type, string timeKey, string timeFormat, Spot at, ConvertedSource taken)
    {
        if (taken.IsContainers)
        {
            // Both runtimes' forms are known here; what a file has is seen from its lines.
            if (type is "multiline" or "multiline_grok")
                taken.Keys.Weigh(at, "parse multiline joins lines to records; here each line is a record (multiline comes with a later version)");
            return;
        }

        switch (type)
        {
            case "none" or "":
                break;
            case "json":
                taken.Keys.Set("parser", "json");
                // Fluentd takes the field time where none is named.
                taken.Keys.SetText("timeField", timeKey.Length > 0 ? timeKey : "time");
                if (timeFormat.Length > 0 && !timeFormat.StartsWith("%Y-%m-%dT%H:%M:%S", StringComparison.Ordinal) && timeFormat is not ("%s" or "unixtime" or "float" or "string" or "%iso8601"))
                    taken.Keys.Weigh(at, $"time_format {timeFormat} is not understood here; a time that is no RFC 3339 and no epoch is that of reading");
                break;
            case "multiline":
                taken.Keys.Weigh(at, "parse multiline joins lines to records; here each line is a record (multiline comes with a later version)");
                break;
            default:
                taken.Keys.Weigh(at, $"parse {type} takes the lines apart; here a line is kept whole in log");
                break;
        }
    }

    private static bool IsRuntimes(string format) => format is "json" or "cri";
}
