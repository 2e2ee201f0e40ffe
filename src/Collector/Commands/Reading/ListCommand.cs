using System.CommandLine;
using System.Globalization;
using Collector.ObjectStores;
using Collector.Reading;

namespace Collector.Commands.Reading;

/// <summary><c>collector ls</c>: the containers of which something is stored, as far as the keys tell.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var space = new Option<string?>("--namespace", "-n") { Description = "Of one namespace.", HelpName = "NS" };
        var since = new Option<string?>("--since") { Description = "Stored within the last 2h, 30m, 7d.", HelpName = "DURATION" };
        var store = new StoreOptions("-c");
        var command = new Command("ls", "List the containers of which something is stored: when their first object was opened and their last one stored, how many objects and bytes.") { space, since };
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var after = parsed.GetValue(since) is { } text ? Times.Ago(text, DateTimeOffset.UtcNow) : null;
            if (after is null && parsed.GetValue(since) is not null)
            {
                await error.WriteLineAsync($"--since: '{parsed.GetValue(since)}' is no duration; write 30m, 2h or 7d");
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
                var plan = await logs.PlanAsync(new Question { Namespace = parsed.GetValue(space), Since = after }, lastOnly: false, cancellation);
                progress.End();
                return await PrintAsync(plan, logs.Findings, parsed.InvocationConfiguration.Output, error);
            }
            catch (StoreReadException e)
            {
                progress.End();
                await error.WriteLineAsync(e.Of(reader.Description));
                return ExitCode.StoreRefused;
            }
        });
        return command;
    }

    private static async Task<int> PrintAsync(Plan plan, Findings findings, TextWriter output, TextWriter error)
    {
        if (findings.Foreign > 0)
            await error.WriteLineAsync($"Skipped: {findings.Foreign} keys that are not of this layout, as {findings.ForeignExample}.");
        if (plan.Objects == 0)
        {
            await error.WriteLineAsync("Nothing is stored there.");
            return ExitCode.Incomplete;
        }

        List<string[]> rows = [["NAMESPACE", "POD", "CONTAINER", "FIRST OPENED", "LAST STORED", "OBJECTS", "BYTES"]];
        rows.AddRange(plan.Summary.Select(one => (string[])
        [
            one.Namespace, one.Pod, one.Container, Time(one.FirstOpened), Time(one.LastStored),
            one.Objects.ToString(CultureInfo.InvariantCulture), one.Bytes.ToString(CultureInfo.InvariantCulture),
        ]));
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => column >= 5 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        return ExitCode.Done;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
