using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Commands.Reading;

/// <summary>Answers one question of <c>collector logs</c>.</summary>
internal sealed class LogsRun(PatientReader reader, KeyLayout layout, LogsRequest request, LinePrinter printer, TextWriter error)
{
    /// <summary>Listed when there are several and one was meant.</summary>
    private const int MostListed = 20;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var logs = new LogReader(reader, layout, TimeProvider.System);
        using var progress = new ReadingProgress(reader, logs.Findings, error);
        try
        {
            return await RunAsync(logs, progress, cancellation);
        }
        catch (StoreReadException e)
        {
            progress.End();
            printer.Flush();
            await error.WriteLineAsync(e.Of(reader.Description));
            return ExitCode.StoreRefused;
        }
        catch (DllNotFoundException e)
        {
            progress.End();
            await error.WriteLineAsync(e.Message);
            return ExitCode.StoreRefused;
        }
    }

    private async Task<int> RunAsync(LogReader logs, ReadingProgress progress, CancellationToken cancellation)
    {
        var isTail = request.Tail is not null && request.Question.Since is null;
        var plan = await logs.PlanAsync(request.Question, isTail && !request.Follows, cancellation);
        if (Objection(plan) is { } objection)
        {
            progress.End();
            await error.WriteLineAsync(objection);
            return ExitCode.WrongUse;
        }

        progress.Objects = request.Tail is null ? plan.Objects : 0;
        printer.Use(StyleFor(plan));
        var joiner = request.JoinsTraces ? new TraceJoiner(request.Search) : null;
        var (question, search) = (request.Question, joiner?.Unjoined ?? request.Search);
        if (request.Tail is { } count)
        {
            foreach (var line in await logs.TailAsync(plan, question, search, joiner is null ? count : TraceJoiner.LinesFor(count), cancellation))
                Print(line);
        }
        else
        {
            await foreach (var line in logs.ReadAsync(plan, question, search, cancellation))
            {
                if (!Print(line))
                    return ExitCode.Done;
            }
        }

        Finish();
        if (request.Follows)
        {
            progress.End();
            await foreach (var line in logs.FollowAsync(plan, question, search, cancellation))
            {
                if (line is null)
                    Finish();
                else if (!Print(line))
                    return ExitCode.Done;
            }
        }

        printer.Flush();
        progress.End();
        await TellAsync(logs.Findings);
        if (_printed == 0 && !printer.IsClosed)
        {
            await error.WriteLineAsync(await NothingAsync(logs, plan, cancellation));
            return ExitCode.Incomplete;
        }

        return logs.Findings.Broken > 0 ? ExitCode.Incomplete : ExitCode.Done;

        bool Print(LogLine line)
        {
            if (_printed == 0)
                progress.Quiet();
            if (joiner is null)
                Show(line);
            else
                joiner.Take(line, Show);
            return !printer.IsClosed;
        }

        void Finish()
        {
            joiner?.Finish(Show);
            printer.Flush();
        }
    }

    private long _printed;

    private void Show(LogLine line)
    {
        _printed++;
        printer.Print(line);
    }

    /// <summary>What must be said more exactly; null: nothing.</summary>
    private string? Objection(Plan plan)
    {
        var spaces = plan.Containers.Select(one => one.Namespace).Distinct(StringComparer.Ordinal).ToList();
        if (request.IsOnePod && spaces.Count > 1)
            return $"Pods of the name {request.Question.Pod} are in several namespaces: {string.Join(", ", spaces.Take(MostListed))}. Give one with -n, or all with -A.";
        var missing = request.Question.OwnerName is not null ? "KIND/NAME" : request.Question.Labels.IsGiven ? "-l"
            : request.Question.Stream is not null ? "--stream" : request.Question.Lives == Lives.Previous ? "--previous"
            : request.Question.Since is not null || request.Question.Until is not null ? "--since and --until" : null;
        return plan.HasText && missing is not null && !(missing == "--stream" && layout.HasStream)
            ? $"These objects hold the lines alone (format: text), without records around them: {missing} cannot be answered. Ask by pod and container."
            : null;
    }

    private LineStyle StyleFor(Plan plan)
    {
        var names = plan.Containers;
        var isMixed = names.Count > 1 || names.Any(name => name.Pod.Length == 0 || name.Container.Length == 0);
        return request.Style with
        {
            HasPrefix = request.HasPrefix ?? isMixed,
            HasNamespaces = request.Question.Namespace is null && names.Select(name => name.Namespace).Distinct(StringComparer.Ordinal).Count() != 1,
        };
    }

    private async Task TellAsync(Findings findings)
    {
        foreach (var name in findings.BrokenNames)
            await error.WriteLineAsync($"Damaged: {name}. What was whole before is shown.");
        if (findings.Broken > findings.BrokenNames.Count)
            await error.WriteLineAsync($"… and {findings.Broken - findings.BrokenNames.Count} more objects.");
        if (findings.Foreign > 0)
            await error.WriteLineAsync($"Skipped: {findings.Foreign} keys that are not of this layout, as {findings.ForeignExample}. If they are logs, give their layout with --key-prefix, or read one with: collector get KEY");
        if (findings.OddLines > 0)
            await error.WriteLineAsync($"{findings.OddLines} lines are no JSON, where their objects' names promise it; they were taken as they are.");
        if (findings.WithoutOwner > 0)
            await error.WriteLineAsync("Some pods of such names have no owner in their records (the agent had no API, or not yet); ask for them by name: POD, or the beginning of names with *.");
        if (findings.TooLate > 0)
            await error.WriteLineAsync($"{findings.TooLate} objects were opened more than a day after --until and were not looked at.");
        if (findings.Waited > 0)
            await error.WriteLineAsync($"{findings.Waited} containers were more than can be merged at once; their lines come behind those of others.");
        if (findings.IsTailCut)
            await error.WriteLineAsync("The last lines are more than are kept (32 MiB); earlier ones are missing. Ask by --since for them.");
    }

    private async Task<string> NothingAsync(LogReader logs, Plan plan, CancellationToken cancellation)
    {
        if (plan.Objects > 0)
        {
            var lives = request.Question.Lives == Lives.Previous ? " There is no life of the container before the last, or it left no line." : logs.Findings.OtherLives > 0 ? " Earlier lives of the container were left out: --all-restarts." : "";
            return $"No line fits: {plan.Objects} objects were looked at.{lives}";
        }

        var nearest = await logs.NearestAsync(request.Question, cancellation);
        var wanted = request.Question.Pod ?? (request.Question.OwnerName is { } owner ? $"{request.Question.OwnerKind} {owner}" : "what is asked for");
        var where = request.Question.Namespace is { } space ? $" in namespace {space}" : "";
        return $"Nothing is stored of {wanted}{where} at {reader.Description} below {layout.Text.Split('{')[0]}."
            + (nearest.Count > 0 ? $" The nearest names: {string.Join(", ", nearest)}." : logs.Findings.Foreign > 0 ? "" : " Nothing of this layout is there at all: check --from, or give the layout with --key-prefix.");
    }
}
