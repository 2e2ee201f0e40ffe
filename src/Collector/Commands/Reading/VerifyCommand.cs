using System.CommandLine;
using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Verifying;

namespace Collector.Commands.Reading;

/// <summary>
/// <c>collector verify</c>: checks that everything that the agents delivered is there and unaltered (contract §9).
/// </summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var since = new Option<string?>("--since") { Description = "Only what the catalog listed in the last 2h, 30m, 7d, in whole days; for a bucket that deletes older objects.", HelpName = "DURATION" };
        var quick = new Option<bool>("--quick") { Description = "Compare lengths only; of all objects, only the catalog's are read." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var catalog = new Option<string>("--catalog") { Description = "The prefix of the catalog, if it is not beside the objects.", HelpName = "PREFIX", DefaultValueFactory = _ => "" };
        var store = new StoreOptions("-c");
        var command = new Command("verify", "Prove by the catalog that every object is there, unaltered and in order, and that no byte of a source is missing; or list the holes. Exit code 1: there are holes, or there is no catalog; 5: the store refused.") { since, quick, json, catalog };
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

            if (!store.TryOpen(parsed, null, out var opened, out var mistake, parsed.GetRequiredValue(catalog)))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            var findings = new Findings();
            using var progress = new ReadingProgress(reader, findings, error);
            try
            {
                var report = await new Verifier(reader, opened.Layout, findings).RunAsync(after, parsed.GetValue(quick), cancellation);
                progress.End();
                var output = new VerifyOutput(report, findings, opened.Layout.CatalogPrefix, parsed.GetValue(quick), after);
                if (parsed.GetValue(json))
                    output.WriteJson(parsed.InvocationConfiguration.Output);
                else
                    output.WriteTable(parsed.InvocationConfiguration.Output);
                return report.IsWhole ? ExitCode.Done : ExitCode.Incomplete;
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
}
