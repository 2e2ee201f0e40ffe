namespace Collector.Commands.Converting.FluentBit;

/// <summary>The keys of fluent-bit's input <c>tail</c>.</summary>
internal static class FluentBitTail
{
    public static void Read(FluentBitSection input, ConvertedSource source, IReadOnlyList<FluentBitSection> parsers, Conversion to)
    {
        var keys = source.Keys;
        to.Follow(input, keys, FluentBitNeutral.Tail);
        // Their counterparts are dataDir and the fields of records.
        _ = (input["db"], input["tag_regex"]);
        if (!input.IsOn("read_from_head", otherwise: false, keys))
            keys.Set("startAt", "end");
        ExcludedPaths.Add(source, input.SpotOf("exclude_path"), "Exclude_Path", input["exclude_path"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        foreach (var key in input.Keys)
        {
            switch (key.Name.ToLowerInvariant())
            {
                case "skip_long_lines" or "truncate_long_lines":
                    key.Take();
                    keys.Note(key.At, "lines over maxRecordSize are cut, marked and counted, in place of being skipped or of stopping the file");
                    break;
                case "parser":
                    ReadParser(key, source, parsers, to);
                    break;
                case "multiline.parser":
                    foreach (var parser in key.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(p => !source.IsContainers || p is not ("cri" or "docker")))
                        keys.Weigh(key.At, $"multiline.parser {parser} joins lines into records; the collector stores each line as a record (multiline comes with a later version)");
                    break;
                case "multiline" or "parser_firstline" when !key.Is("multiline") || input.IsOn("multiline", otherwise: false, keys):
                    key.Take();
                    keys.Weigh(key.At, $"{key.Name} joins lines into records; the collector stores each line as a record (multiline comes with a later version)");
                    break;
                case "unicode.encoding" or "generic.encoding" when !key.Value.Equals("UTF-8", StringComparison.OrdinalIgnoreCase):
                    keys.Weigh(key.At, $"{key.Name} {key.Value}: the collector reads lines as UTF-8, and replaces other bytes by U+FFFD");
                    break;
                case "ignore_older":
                    keys.Weigh(key.At, $"Ignore_Older {key.Value} skips old files; the collector reads every file that path matches, at the first start from where startAt says");
                    break;
                case "path_key" or "offset_key":
                    keys.Weigh(key.At, $"{key.Name} {key.Value} adds a field to each record; the collector adds no field of that name");
                    break;
                case "key":
                    if (key.Value != "log")
                        keys.Weigh(key.At, $"Key {key.Value} names the field of the line; the collector names it log");
                    break;
                case "processors":
                    key.Take();
                    keys.Weigh(key.At, "processors change or drop records; the collector stores them all, unchanged");
                    break;
            }
        }
    }

    private static void ReadParser(InputKey key, ConvertedSource source, IReadOnlyList<FluentBitSection> parsers, Conversion to)
    {
        var name = key.Value.ToLowerInvariant();
        var definition = parsers.FirstOrDefault(p => p.Name == name);
        var format = definition?["format"].ToLowerInvariant() ?? "";
        if (source.IsContainers)
        {
            // The collector knows both runtimes' formats and detects the format from the lines.
            var isRuntimes = name.Contains("cri", StringComparison.Ordinal) || name.Contains("docker", StringComparison.Ordinal) || name.Contains("containerd", StringComparison.Ordinal)
                || (definition?["regex"].Contains("<stream>", StringComparison.Ordinal) ?? false);
            if (!isRuntimes)
                source.Keys.Weigh(key.At, $"parser {key.Value} splits lines into fields; the collector keeps a container's whole line in log");
            return;
        }

        if (format != "json" && name != "json")
        {
            var wayOut = definition is null ? "; if its Format is json, put its Parsers_File beside the configuration and convert again" : "";
            source.Keys.Weigh(key.At, $"parser {key.Value} splits lines into fields; the collector keeps the whole line in log{wayOut}");
            return;
        }

        source.Keys.Set("parser", "json");
        if (definition is not null)
            to.Follow(definition, source.Keys, FluentBitNeutral.Parser);
        if (definition?["time_key"] is { Length: > 0 } time)
        {
            source.Keys.SetText("timeField", time);
            LineTime.Set(source.Keys, definition.SpotOf("time_format"), "Time_Format", definition["time_format"], definition["time_offset"]);
            if (definition.IsOn("time_system_timezone", otherwise: false, source.Keys))
                source.Keys.Weigh(definition.SpotOf("time_system_timezone"), "Time_System_timezone is on: times without a zone are those of the node's zone; the collector reads them as UTC");
        }
    }
}
