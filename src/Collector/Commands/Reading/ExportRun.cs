using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Export;
using Collector.Reading.Layout;

namespace Collector.Commands.Reading;

/// <summary>One export, from the plan to the last file.</summary>
internal sealed class ExportRun(PatientReader reader, KeyLayout layout, LogsRequest request, Exporter exporter, TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var logs = new LogReader(reader, layout, TimeProvider.System);
        using var progress = new ReadingProgress(reader, logs.Findings, error);
        try
        {
            return await RunAsync(logs, progress, cancellation);
        }
        catch (ExportException e)
        {
            return await EndAsync(e.Message, e.IsRefusal ? ExitCode.WrongUse : ExitCode.Incomplete);
        }
        catch (StoreReadException e)
        {
            return await EndAsync(e.MessageFor(reader.Description), ExitCode.StoreRefused);
        }
        catch (DllNotFoundException e)
        {
            return await EndAsync(e.Message, ExitCode.StoreRefused);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await EndAsync("Interrupted: incomplete files were removed.", ExitCode.Interrupted);
        }

        async Task<int> EndAsync(string why, int code)
        {
            progress.End();
            await error.WriteLineAsync(why);
            await TellFilesAsync(error);
            return code;
        }
    }

    private async Task<int> RunAsync(LogReader logs, ReadingProgress progress, CancellationToken cancellation)
    {
        var notes = new ReadingNotes(reader, layout, request.Question, request.IsOnePod, error);
        var plan = await logs.PlanAsync(request.Question, lastOnly: false, cancellation);
        if (await notes.ObjectionAsync(logs, plan, follows: false, cancellation) is { } objection)
        {
            progress.End();
            await error.WriteLineAsync(objection);
            return ExitCode.WrongUse;
        }

        progress.Objects = plan.Objects;
        await foreach (var (pass, container, line) in logs.ReadByContainerAsync(plan, request.Question, request.Search, cancellation))
            await exporter.AddAsync(pass, container, line, cancellation);
        await exporter.FinishAsync(cancellation);

        progress.End();
        await notes.TellAsync(logs.Findings);
        if (exporter.Lines == 0)
        {
            await error.WriteLineAsync(await notes.NothingAsync(logs, plan, cancellation));
            return ExitCode.Incomplete;
        }

        await TellFilesAsync(output);
        return logs.Findings.Broken > 0 ? ExitCode.Incomplete : ExitCode.Done;
    }

    private async Task TellFilesAsync(TextWriter to)
    {
        if (exporter.Files > 0)
            await to.WriteLineAsync($"Complete files: {exporter.Files}, with {exporter.WholeLines} lines.");
    }
}
