namespace Collector.Commands.Converting.FluentBit;

/// <summary>The keys of fluent-bit's input <c>tail</c>.</summary>
internal static class FluentBitTail
{
    public static void Read(FluentBitSection input, ConvertedSource source, IReadOnlyList<FluentBitSection> parsers)
    {
        var keys = source.Keys;
        if (!Words.IsTrue(input["read_from_head"]))
            keys.Set("startAt", "end");
        if (input["exclude_path"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } excluded)
            keys.SetList("excludePaths", excluded);
        foreach (var key in input.Keys)
        {
            switch (key.Name.ToLowerInvariant())
            {
                case "name" or "path" or "tag" or "alias" or "exclude_path" or "read_from_head" or "db" or "refresh_interval" or "rotate_wait" or "buffer_max_size" or "buffer_chunk_size"
                    or "mem_buf_limit" or "storage.type" or "storage.pause_on_chunks_overlimit" or "inotify_watcher" or "log_level" or "threaded" or "db.sync" or "db.locking" or "db.journal_mode"
                    or "progress_check_interval" or "watcher_interval" or "static_batch_size" or "event_batch_size" or "tag_regex" or "exit_on_eof" or "truncate_long_lines" or "docker_mode" or "docker_mode_flush"
                    or "multiline_flush" or "multiline.flush_timeout" or "unicode.encoding":
                    break;
                case "skip_long_lines":
                    keys.Note(key.At, "lines over maxRecordSize are cut, marked and counted, in place of being skipped or of stopping the file");
                    break;
                case "parser":
                    ReadParser(key, source, parsers);
                    break;
                case "multiline.parser":
                    foreach (var parser in key.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(p => !source.IsContainers || p is not ("cri" or "docker")))
                        keys.Weigh(key.At, $"multiline.parser {parser} joins lines to records; here each line is a record (multiline comes with a later version)");
                    break;
                case "multiline" or "parser_firstline" when !key.Is("multiline") || Words.IsTrue(key.Value):
                    keys.Weigh(key.At, $"{key.Name} joins lines to records; here each line is a record (multiline comes with a later version)");
                    break;
                case "multiline":
                    break;
                case "ignore_older":
                    keys.Weigh(key.At, $"Ignore_Older {key.Value} leaves old files out; here all that path finds are read, at the first start from where startAt says");
                    break;
                case "path_key" or "offset_key":
                    keys.Weigh(key.At, $"{key.Name} {key.Value} adds a field to each record; here none of that name is added");
                    break;
                case "key":
                    if (key.Value != "log")
                        keys.Weigh(key.At, $"Key {key.Value} names the field of the line; here it is log");
                    break;
                case "processors":
                    keys.Weigh(key.At, "processors change or drop records; here they are stored as they are");
                    break;
                default:
                    keys.Note(key.At, $"{key.Name} {key.Value} has no counterpart");
                    break;
            }
        }
    }

    private static void ReadParser(FluentBitKey key, ConvertedSource source, IReadOnlyList<FluentBitSection> parsers)
    {
        var name = key.Value.ToLowerInvariant();
        var definition = parsers.FirstOrDefault(p => p.Name == name);
        var format = definition?["format"].ToLowerInvariant() ?? "";
        if (source.IsContainers)
        {
            // Both runtimes' forms are known here; what a file has is seen from its lines.
            var isRuntimes = name.Contains("cri", StringComparison.Ordinal) || name.Contains("docker", StringComparison.Ordinal) || name.Contains("containerd", StringComparison.Ordinal)
                || (definition?["regex"].Contains("<stream>", StringComparison.Ordinal) ?? false);
            if (!isRuntimes)
                source.Keys.Weigh(key.At, $"parser {key.Value} takes the lines apart; here a container's line is kept whole in log");
            return;
        }

        if (format != "json" && name != "json")
        {
            source.Keys.Weigh(key.At, $"parser {key.Value} takes the lines apart; here a line is kept whole in log");
            return;
        }

        source.Keys.Set("parser", "json");
        if (definition?["time_key"] is { Length: > 0 } time)
        {
            source.Keys.SetText("timeField", time);
            if (definition["time_format"] is { Length: > 0 } timeFormat && !IsIso(timeFormat))
                source.Keys.Weigh(definition.SpotOf("time_format"), $"Time_Format {timeFormat} is not understood here; a time that is no RFC 3339 and no epoch is that of reading");
        }
    }

    private static bool IsIso(string format) =>
        format.StartsWith("%Y-%m-%dT%H:%M:%S", StringComparison.Ordinal) || format is "%s" or "%s.%L" or "%s.%N";
}
