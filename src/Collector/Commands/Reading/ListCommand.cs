using System.CommandLine;
using System.Globalization;
using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Catalog;

namespace Collector.Commands.Reading;

/// <summary><c>collector ls</c>: the containers with stored lines, from the keys and the catalog.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var space = new Option<string?>("--namespace", "-n") { Description = "Of one namespace.", HelpName = "NS" };
        var since = new Option<string?>("--since") { Description = "Only objects that were stored within the last 2h, 30m, 7d; every column is about them alone.", HelpName = "DURATION" };
        var store = new StoreOptions("-c");
        var command = new Command("ls", "List the containers that have stored lines: their workload, first and last line, how many lines, objects and bytes. Without a catalog: when their first object was opened and their last one stored.") { space, since };
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var after = parsed.GetValue(since) is { } text ? Times.Since(text, DateTimeOffset.UtcNow) : null;
            if (after is null && parsed.GetValue(since) is not null)
            {
                await error.WriteLineAsync($"--since: '{parsed.GetValue(since)}' is not a duration; write 30m, 2h or 7d");
                return ExitCode.WrongUse;
            }

            if (!store.TryOpen(parsed, null, out var opened, out var mistake))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            await using var logs = new LogReader(reader, opened.Layout, TimeProvider.System);
            using var progress = new ReadingProgress(reader, logs.Findings, error);
            try
            {
                var question = new Question { Namespace = parsed.GetValue(space) };
                var plan = await logs.PlanStoredAsync(question, after, cancellation);
                var list = await ContainerList.ReadAsync(reader, opened.Layout, plan, question.Namespace, after, cancellation);
                var nearest = plan.Objects == 0 ? await logs.NearestAsync(question, cancellation) : [];
                progress.End();
                if (!list.IsWhole)
                    await error.WriteLineAsync("The catalog has too many objects to be read for this list; give --since 1d to see lines and their times.");
                return await PrintAsync(plan, after is not null, nearest, list, logs.Findings, parsed.InvocationConfiguration.Output, error);
            }
            catch (StoreReadException e)
            {
                progress.End();
                await error.WriteLineAsync(e.MessageFor(reader.Description));
                return ExitCode.StoreRefused;
            }
        });
        return command;
    }

    private static async Task<int> PrintAsync(
        Plan plan, bool isSince, IReadOnlyList<string> nearest, ContainerList list, Findings findings, TextWriter output, TextWriter error)
    {
        if (findings.Foreign > 0)
            await error.WriteLineAsync($"Skipped: {findings.Foreign} keys that do not match this layout, like {findings.ForeignExample}.");
        if (plan.Objects == 0)
        {
            await error.WriteLineAsync($"{(isSince ? "No objects were stored there since then." : "No objects are stored there.")}{ReadingNotes.Names(nearest)}");
            return ExitCode.Incomplete;
        }

        List<string[]> rows = list.IsTold
            ? [["NAMESPACE", "WORKLOAD", "POD", "CONTAINER", "FIRST LINE", "LAST LINE", "ENDED", "LINES", "TEXT", "OBJECTS", "BYTES"], .. list.Rows.Select(one => RowOf(one, list.ToldOf(one)))]
            : [["NAMESPACE", "POD", "CONTAINER", "FIRST OPENED", "LAST STORED", "OBJECTS", "BYTES"], .. list.Rows.Select(one => (string[])[Name(one.Namespace), Name(one.Pod), Name(one.Container), Time(one.FirstOpened), Time(one.LastStored), Text(one.Objects), Text(one.Bytes)])];
        var firstNumber = list.IsTold ? 7 : 5;
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => column >= firstNumber ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        return ExitCode.Done;
    }

    /// <summary>Objects that are newer than the catalog have lines too, and so have objects of several containers: a plus says so.</summary>
    private static string[] RowOf(StoredContainer one, ToldContainer? told)
    {
        var isUnknown = told is { SharesObjects: true, Records: 0 };
        var more = told is { SharesObjects: false } && told.Objects == one.Objects ? "" : "+";
        return
        [
            Name(one.Namespace), Name(one.Workload), Name(one.Pod), Name(one.Container),
            told is null || told.First > told.Last ? "-" : Time(told.First.ToDateTimeOffset()), told is null || told.First > told.Last ? "-" : Time(told.Last.ToDateTimeOffset()) + more,
            told is null ? "-" : told.HasEnded ? "yes" : "no", isUnknown ? "-" : Text(told?.Records ?? 0) + more, isUnknown ? "-" : Text(told?.Bytes ?? 0) + more, Text(one.Objects), Text(one.Bytes),
        ];
    }

    private static string Name(string name) => name.Length > 0 ? TerminalText.OneLine(name) : "-";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
