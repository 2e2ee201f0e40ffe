using Collector.Pipeline.Diagnostics;
using Collector.Reading;
using Collector.Reading.Catalog;
using Collector.Reading.Layout;

namespace Collector.Commands.Reading;

/// <summary>Notes that commands print beside the lines.</summary>
/// <param name="reader">The store.</param>
/// <param name="layout">The layout of its keys.</param>
/// <param name="question">The question that was asked.</param>
/// <param name="isOnePod">The question is about one pod of this name in one namespace, and the namespace is not given.</param>
/// <param name="error">Where to.</param>
internal sealed class ReadingNotes(PatientReader reader, KeyLayout layout, Question question, bool isOnePod, TextWriter error)
{
    /// <summary>Listed when several match and one was expected.</summary>
    private const int MostListed = 20;

    /// <summary>What the user must ask in another way; null: nothing.</summary>
    /// <param name="logs">Answers the question.</param>
    /// <param name="plan">The objects for it.</param>
    /// <param name="follows">Objects that are stored from now on are wanted, too.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<string?> ObjectionAsync(LogReader logs, Plan plan, bool follows, CancellationToken cancellation)
    {
        if (isOnePod && await logs.NamespacesAsync(plan, question, cancellation) is { Count: > 1 } spaces)
            return $"Pods of the name {question.Pod} are in several namespaces: {TerminalText.OneLine(string.Join(", ", spaces.Take(MostListed)))}. Give one with -n, or all with -A.";
        return plan.TextNeed is { } need ? ObjectionOf(need, plan, follows) : null;
    }

    /// <summary>Lines of text do not say whose they are: only the catalog tells it.</summary>
    private string? ObjectionOf(TextNeed need, Plan plan, bool follows)
    {
        if (follows)
            return $"With -f, {need.Options} cannot be answered for objects of format text: their lines do not say whose they are, and the catalog lists new objects late. Leave out -f, or {need.Options}.";
        if (question.Lives == Lives.Previous && need.Unlisted > 0)
            return $"--previous cannot be answered: the last run may be in {Counted.Of(need.Unlisted, "object")} of format text that the catalog does not list. {WhyUnlisted(need)} Give --all-restarts to see the lines of all runs.";
        if (plan.Objects > 0 || need.Undecided == 0 || plan.HasDecided)
            return null;
        return $"{need.Options} cannot be answered for {Counted.Of(need.Undecided, "object")} of format text: their lines do not say whose they are, and the catalog does not tell it. "
            + (need.Unlisted > 0 ? WhyUnlisted(need) : "The catalog tells it only of objects whose lines are of one container and one stream, and whose pod was known to the agent.") + " Give only options that the keys answer, such as a pod's name.";
    }

    private static string WhyUnlisted(TextNeed need) => need.Trouble.Length > 0
        ? $"Reason: {TerminalText.OneLine(need.Trouble)}."
        : "It lists an object some time after it was stored (catalog.interval), and no object that was stored while it was off.";

    /// <summary>The notes after the lines.</summary>
    public async Task TellAsync(Findings findings)
    {
        foreach (var name in findings.BrokenNames)
            await error.WriteLineAsync($"Damaged: {name}. The lines before the damage are used.");
        if (findings.Broken > findings.BrokenNames.Count)
            await error.WriteLineAsync($"… and {findings.Broken - findings.BrokenNames.Count} more objects.");
        if (findings.Foreign > 0)
            await error.WriteLineAsync($"Skipped: {findings.Foreign} keys that do not match this layout, like {findings.ForeignExample}. If they are logs, give their layout with --key-prefix, or read one with: collector get KEY");
        if (findings.OddLines > 0)
            await error.WriteLineAsync($"{findings.OddLines} lines are not JSON, though the names of their objects say so; they are shown unchanged.");
        if (findings.WithoutOwner > 0)
        {
            var why = findings.WithoutMetadata > 0 ? "the agent read them without the pod's metadata" : "the pods had no owner, or the agent does not ask the Kubernetes API";
            await error.WriteLineAsync($"Some records of pods with such names have no owner: {why}. They are left out. Select them by name: POD, or the beginning of names with *.");
        }

        if (findings.UndecidedText > 0)
            await error.WriteLineAsync(LeftOut(findings));
        if (findings.WithoutTime > 0)
            await error.WriteLineAsync("Lines of format text do not say when they were written. All lines of an object are shown if some may be of the time that was asked for.");
        if (findings.WithoutRun > 0)
        {
            await error.WriteLineAsync(question.Lives == Lives.Previous
                ? $"--previous left out {Counted.Of(findings.WithoutRun, "line")} without the number of a run. --all-restarts shows all lines."
                : "Some lines do not say in which run of their container they were written, so lines of earlier runs may be among those shown.");
        }

        if (findings.HasUnknownRuns)
            await error.WriteLineAsync("There are too many containers to know the last run of each; of some, all runs are shown. Select fewer pods with -n, or by name.");
        if (findings.TooLate > 0)
            await error.WriteLineAsync($"Not read: {Counted.Of(findings.TooLate, "object")} that the agent opened more than a day after --until.");
        if (findings.Waited > 0)
            await error.WriteLineAsync($"{findings.Waited} containers could not be merged at once with the others; their lines come after the others.");
        if (findings.IsTailCut)
            await error.WriteLineAsync("The requested lines exceed 32 MiB, so the earlier of them are missing. Give --since to read them.");
    }

    /// <summary>That objects of text were left out, and why.</summary>
    public static string LeftOut(Findings findings) =>
        $"Left out: {Counted.Of(findings.UndecidedText, "object")} of format text. Their lines do not say whose they are, and the catalog does not tell it: "
        + (findings.CatalogTrouble.Length > 0 ? $"{TerminalText.OneLine(findings.CatalogTrouble)}." : "it does not list them yet, or they have lines of several containers or streams, or of a pod whose metadata was not known.");

    /// <summary>Why there are no lines.</summary>
    public async Task<string> NothingAsync(LogReader logs, Plan plan, CancellationToken cancellation)
    {
        if (plan.Objects > 0)
        {
            var lives = question.Lives == Lives.Previous ? " The container has no run before the last one, or no line of that run fits." : logs.Findings.OtherLives > 0 ? " Earlier runs of the container were left out; give --all-restarts to search them." : "";
            return $"No line matches in {Counted.Of(plan.Objects, "object")}.{lives}{Names(logs.Findings.Others.NearestOf(question))}";
        }

        var wanted = question.Pod ?? (question.OwnerName is { } owner ? $"{question.OwnerKind} {owner}" : "what is asked for");
        var where = question.Namespace is { } space ? $" in namespace {space}" : "";
        if (await TooNarrowAsync(logs, $"{wanted}{where}", cancellation) is { } narrow)
            return narrow;
        var nearest = await logs.NearestAsync(question, cancellation);
        var isOtherLayout = nearest.Count == 0 && logs.Findings.Foreign == 0 && !plan.IsNarrowed && !await logs.HasObjectsAsync(cancellation);
        return $"No logs of {wanted}{where} in {reader.Description} below {layout.Text.Split('{')[0]}."
            + (isOtherLayout ? " No key there matches this layout: check --from, or give the layout with --key-prefix." : Names(nearest));
    }

    /// <summary>The end of a note that nothing was found; empty when no name is near.</summary>
    public static string Names(IReadOnlyList<string> nearest) => nearest.Count > 0 ? $" Similar names: {string.Join(", ", nearest)}." : "";

    /// <summary>The name is right and another part of the question rules everything out: which one. Null: it is the name.</summary>
    private async Task<string?> TooNarrowAsync(LogReader logs, string wanted, CancellationToken cancellation)
    {
        var times = question.Since is not null || question.Until is not null;
        if (question.Container is null && question.Stream is null && !times)
            return null;

        var bare = await logs.PlanAsync(question with { Container = null, Stream = null, Since = null, Until = null }, lastOnly: true, cancellation);
        if (bare.Objects == 0)
            return null;
        var containers = bare.Containers.Select(one => one.Container).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (question.Container is { } container && containers.Count > 0 && !containers.Contains(container, StringComparer.Ordinal))
            return $"{wanted} has no stored lines of a container {container}. Its containers: {string.Join(", ", containers.Take(MostListed))}{(containers.Count > MostListed ? ", …" : "")}.";
        var which = question.Container is { } one ? $" (container {one})" : "";
        var limits = times && question.Stream is not null ? "within these times and of this stream" : times ? "within these times" : "of this stream";
        return $"{wanted}{which} has stored lines, but none {limits}. Leave out {(times ? "--since and --until" : "--stream")} to see them.";
    }
}
