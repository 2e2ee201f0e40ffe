using Collector.Reading;
using Collector.Reading.Layout;

namespace Collector.Commands.Reading;

/// <summary>What commands that read lines say beside them.</summary>
/// <param name="reader">The store.</param>
/// <param name="layout">Of its keys.</param>
/// <param name="question">What was asked for.</param>
/// <param name="isOnePod">One pod of this name is meant, in one namespace, and which is not said.</param>
/// <param name="error">Where to.</param>
internal sealed class ReadingNotes(PatientReader reader, KeyLayout layout, Question question, bool isOnePod, TextWriter error)
{
    /// <summary>Listed when there are several and one was meant.</summary>
    private const int MostListed = 20;

    /// <summary>What must be said more exactly; null: nothing.</summary>
    public string? Objection(Plan plan)
    {
        var spaces = plan.Containers.Select(one => one.Namespace).Distinct(StringComparer.Ordinal).ToList();
        if (isOnePod && spaces.Count > 1)
            return $"Pods of the name {question.Pod} are in several namespaces: {string.Join(", ", spaces.Take(MostListed))}. Give one with -n, or all with -A.";
        var missing = question.OwnerName is not null ? "KIND/NAME" : question.Labels.IsGiven ? "-l"
            : question.Stream is not null ? "--stream" : question.Lives == Lives.Previous ? "--previous"
            : question.Since is not null || question.Until is not null ? "--since and --until" : null;
        return plan.HasText && missing is not null && !(missing == "--stream" && layout.HasStream)
            ? $"These objects hold the lines alone (format: text), without records around them: {missing} cannot be answered. Ask by pod and container."
            : null;
    }

    /// <summary>What is to be told beside the lines, at the end.</summary>
    public async Task TellAsync(Findings findings)
    {
        foreach (var name in findings.BrokenNames)
            await error.WriteLineAsync($"Damaged: {name}. What was whole before is taken.");
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

    /// <summary>Why there is no line.</summary>
    public async Task<string> NothingAsync(LogReader logs, Plan plan, CancellationToken cancellation)
    {
        if (plan.Objects > 0)
        {
            var lives = question.Lives == Lives.Previous ? " There is no life of the container before the last, or it left no line." : logs.Findings.OtherLives > 0 ? " Earlier lives of the container were left out: --all-restarts." : "";
            return $"No line fits: {plan.Objects} objects were looked at.{lives}";
        }

        var nearest = await logs.NearestAsync(question, cancellation);
        var wanted = question.Pod ?? (question.OwnerName is { } owner ? $"{question.OwnerKind} {owner}" : "what is asked for");
        var where = question.Namespace is { } space ? $" in namespace {space}" : "";
        return $"Nothing is stored of {wanted}{where} at {reader.Description} below {layout.Text.Split('{')[0]}."
            + (nearest.Count > 0 ? $" The nearest names: {string.Join(", ", nearest)}." : logs.Findings.Foreign > 0 ? "" : " Nothing of this layout is there at all: check --from, or give the layout with --key-prefix.");
    }
}
