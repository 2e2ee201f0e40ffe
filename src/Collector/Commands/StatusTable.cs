using System.Globalization;
using System.Text.Json;
using Collector.Pipeline.Diagnostics;

namespace Collector.Commands;

/// <summary>
/// Shows the document of <c>GET /status</c> to a person: first what is wrong, then the outputs, then the logs. Names of logs cannot
/// break a line or send escape sequences to the terminal.
/// </summary>
internal sealed class StatusTable(TextWriter output, DateTimeOffset now)
{
    /// <summary>Lines of each list; --json has more.</summary>
    private const int Most = 10;

    public void Write(JsonElement status)
    {
        var files = status.GetProperty("files");
        var read = Number(files, "open") + Number(files, "idle");
        Line($"collector {Text(status, "version")} reads {Counted.Of(read, "file")}, {Size(files, "unreadBytes")} of them unread; excluded: {Number(files, "excluded")}, waiting for metadata: {Number(files, "waiting")}, parked: {Number(files, "parked")}");
        var isEnding = status.TryGetProperty("ending", out var ending);
        if (isEnding)
            Line(Ending(ending));
        foreach (var loop in Items(status, "stalledLoops"))
            Line($"STALLED  {loop.GetString()}");
        foreach (var missing in Items(status, "notReady"))
            Line($"NOT READY  {missing.GetString()}");
        WriteOutputs(status);
        if (status.TryGetProperty("lagging", out _))
            WriteLogs(status);
        else if (!isEnding)
            Line("\nThe read positions are not known: the reading thread did not answer within seconds. Check the agent's log, and the disks that it reads.");
        WriteLosses(status.GetProperty("lost"));
    }

    private static string Ending(JsonElement ending)
    {
        var left = ending.TryGetProperty("secondsLeft", out var seconds) ? string.Create(CultureInfo.InvariantCulture, $"{seconds.GetDouble():0} s") : null;
        return left is null ? "ENDING  everything is read (--once); the agent uploads what waits, and ends"
            : ending.GetProperty("readingIsOver").GetBoolean()
                ? $"SHUTTING DOWN  reading is over; the agent uploads for at most {left} more (shutdown.grace); what is not stored by then stays on disk for the next start"
                : $"SHUTTING DOWN  the agent reads what is left, and ends within {left} (shutdown.grace)";
    }

    private void WriteOutputs(JsonElement status)
    {
        List<string[]> rows = [["OUTPUT", "STATE", "WAITING", "", "OLDEST", "LAST STORED", "STORED"]];
        foreach (var one in Items(status, "outputs"))
        {
            var (backlog, stored) = (one.GetProperty("backlog"), one.GetProperty("stored"));
            rows.Add([Text(one, "name"), Text(one, "state"), Counted.Of(Number(backlog, "records"), "record"), Size(backlog, "bytes"), Ago(backlog, "oldest"), Ago(stored, "last"), Counted.Of(Number(stored, "objects"), "object")]);
        }

        Line("");
        WriteRows(rows);
        foreach (var one in Items(status, "outputs"))
        {
            var name = Text(one, "name");
            if (one.TryGetProperty("why", out var why))
                Line($"{name}: {why.GetString()}");
            if (one.TryGetProperty("lastError", out var error) && !(one.TryGetProperty("why", out why) && why.GetString() == Text(error, "message")))
                Line($"{name}: last error {Ago(error, "at")}{(error.GetProperty("isOver").GetBoolean() ? ", over" : "")}: {Text(error, "message")}");
            if (Number(one.GetProperty("quarantined"), "records") is > 0 and var aside)
                Line($"{name}: quarantined: {Counted.Of(aside, "record")}; see: collector buffer ls");
            if (Number(one.GetProperty("stored"), "maybeTwice") is > 0 and var twice)
                Line($"{name}: {Counted.Of(twice, "object")} may be in the store twice");
            foreach (var drop in one.GetProperty("dropped").EnumerateObject())
                Line($"{name}: {Counted.Of(drop.Value.GetInt64(), "record")} dropped ({drop.Name})");
        }
    }

    private void WriteLogs(JsonElement status)
    {
        WriteList("LAGGING", [.. Items(status, "lagging")], log => [Size(log, "unreadBytes"), NameOf(log), Text(log, "why")]);
        WriteList("EXCLUDED", [.. Items(status, "excluded")], log => [NameOf(log), Text(log, "why")]);
        WriteList("PARKED", [.. Items(status, "parked")], parked => [Text(parked, "thing"), $"{Text(parked, "step")} failed and is tried again: {Text(parked, "why")}"]);
        WriteList("NOT READ", [.. Items(status, "unreadable")], path => [Text(path, "path"), Text(path, "why")]);
    }

    private void WriteList(string title, List<JsonElement> items, Func<JsonElement, string[]> row)
    {
        if (items.Count > 0)
        {
            Line($"\n{title}");
            WriteRows([.. items.Take(Most).Select(row)]);
            if (items.Count > Most)
                Line("… more with --json");
        }
    }

    private void WriteLosses(JsonElement lost)
    {
        foreach (var loss in lost.GetProperty("bytes").EnumerateObject())
            Line($"LOST  {Fullness.Bytes(loss.Value.GetInt64())} of logs ({loss.Name})");
        foreach (var loss in lost.GetProperty("files").EnumerateObject())
            Line($"LOST  {Counted.Of(loss.Value.GetInt64(), "file")} ({loss.Name})");
    }

    /// <summary>A pod's log by pod and container, any other by its path.</summary>
    private static string NameOf(JsonElement log) =>
        log.TryGetProperty("pod", out var pod) ? $"{Text(log, "namespace")}/{pod.GetString()} {Text(log, "container")}" : Text(log, "path");

    private void WriteRows(List<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows.Max(r => r.Length)).Select(i => rows.Max(r => i < r.Length ? r[i].Length : 0)).ToArray();
        foreach (var row in rows)
            Line(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Outside text may contain escape sequences; a line end of our own is at the beginning only.</summary>
    private void Line(string text)
    {
        if (text.StartsWith('\n'))
            output.WriteLine();
        output.WriteLine(string.Concat(text.TrimStart('\n').Select(c => char.IsControl(c) ? '?' : c)));
    }

    private string Ago(JsonElement from, string name) =>
        !from.TryGetProperty(name, out var time) ? "-" : Math.Max(0, (now - time.GetDateTimeOffset()).TotalSeconds) switch
        {
            < 120 and var seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s ago"),
            < 7200 and var seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min ago"),
            < 172_800 and var seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h ago"),
            var seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0} d ago"),
        };

    private static IEnumerable<JsonElement> Items(JsonElement from, string name) => from.GetProperty(name).EnumerateArray();

    private static long Number(JsonElement from, string name) => from.GetProperty(name).GetInt64();

    private static string Size(JsonElement from, string name) => Fullness.Bytes(Number(from, name));

    private static string Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) ? value.GetString()! : "";
}
