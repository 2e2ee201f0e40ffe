using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Commands.Reading;

/// <summary>Answers one question of <c>collector logs</c>.</summary>
internal sealed class LogsRun(PatientReader reader, KeyLayout layout, LogsRequest request, LinePrinter printer, TextWriter error)
{
    private readonly ReadingNotes _notes = new(reader, layout, request.Question, request.IsOnePod, error);

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
            await error.WriteLineAsync(e.MessageFor(reader.Description));
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
        if (await _notes.ObjectionAsync(logs, plan, request.Follows, cancellation) is { } objection)
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
            var last = joiner is null
                ? await logs.TailAsync(plan, question, search, count, cancellation)
                : await logs.TailTracesAsync(plan, question, request.Search, count, cancellation);
            if (last.Count > 0)
                progress.Quiet();
            foreach (var line in last)
                Show(line);
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
            if (LacksLines(plan))
                await error.WriteLineAsync($"{await _notes.NothingAsync(logs, plan, cancellation)} Waiting for lines that are stored from now on; Ctrl-C ends.");
            var undecided = logs.Findings.UndecidedText;
            await foreach (var line in logs.FollowAsync(plan, question, search, cancellation))
            {
                if (line is null)
                {
                    Finish();
                    if (undecided == 0 && (undecided = logs.Findings.UndecidedText) > 0)
                        await error.WriteLineAsync(ReadingNotes.LeftOut(logs.Findings));
                }
                else if (!Print(line))
                    return ExitCode.Done;
            }
        }

        printer.Flush();
        progress.End();
        await _notes.TellAsync(logs.Findings);
        if (LacksLines(plan))
        {
            await error.WriteLineAsync(await _notes.NothingAsync(logs, plan, cancellation));
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
                joiner.Add(line, Show);
            return !printer.IsClosed;
        }

        void Finish()
        {
            joiner?.Finish(Show);
            printer.Flush();
        }
    }

    private long _printed;

    /// <summary>Lines were asked for, and there are none: of something that is stored, no lines may be asked for.</summary>
    private bool LacksLines(Plan plan) => _printed == 0 && !printer.IsClosed && !(request.Tail == 0 && plan.Objects > 0);

    private void Show(LogLine line)
    {
        _printed++;
        printer.Print(line);
    }

    private LineStyle StyleFor(Plan plan)
    {
        var names = plan.Containers;
        var isMixed = names.Count > 1 || names.Any(name => name.Pod.Length == 0 || name.Container.Length == 0);
        return request.Style with
        {
            HasPrefix = request.HasPrefix ?? isMixed,
            HasNamespaces = request.Question.Namespace is null && (names.Any(name => name.Namespace.Length == 0) || names.Select(name => name.Namespace).Distinct(StringComparer.Ordinal).Count() != 1),
        };
    }
}
