using System.Text;
using Collector.Commands.Reading;
using Collector.Configuration;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;

namespace Collector.Commands.Explaining;

/// <summary>
/// An <see cref="Explanation"/> for a person: a line for the file, and an indented one for each rule that decided.
/// </summary>
internal static class ExplanationText
{
    /// <param name="one">The explained file.</param>
    /// <param name="output">Where to.</param>
    /// <param name="withDetails">With the read positions, and one record as it would be stored, which is long.</param>
    public static void Write(Explanation one, TextWriter output, bool withDetails)
    {
        var file = one.File;
        output.WriteLine(Safe($"{file.Path}: {Fullness.Bytes(file.Size)}, {(file.IsLive ? "live" : "rotated")}"));
        output.WriteLine(Safe($"  source {one.Source.Name}: {one.TakenBecause}"));
        if (file.Container is { } container)
            output.WriteLine(Safe($"  pod {container.Namespace}/{container.Pod}, container {container.Container}{(container.PodUid.Length > 0 ? $", restart {container.Restart}" : "")}, {one.Identity.LogType}"));
        foreach (var note in one.Notes)
            output.WriteLine(Safe($"  note: {note}"));
        if (one.Excluded is { } excluded)
            output.WriteLine(Safe($"  not collected: {excluded}"));
        if (withDetails && one.IsCollected)
            output.WriteLine(Safe($"  generation {GenerationOf(one)}"));
        foreach (var target in one.Outputs)
        {
            output.WriteLine(Safe(target.Unmet is { } unmet ? $"  output {target.Name}: not sent there: {unmet}" : $"  output {target.Name}: {target.Store}, because {target.Match}"));
            if (one.Positions.FirstOrDefault(p => p.Output == target.Name) is { } position)
                output.WriteLine(Safe($"    {PositionIn(one.File, position)}"));
            foreach (var key in target.Keys)
                output.WriteLine(Safe($"    key {key}"));
        }

        if (withDetails && one.Outputs.Any(o => o.Unmet is null && o.Format == ObjectFormat.Json) && (one.Record ?? (one.File.Container is null ? null : RecordOf(one))) is { } record)
            output.WriteLine(Safe($"  record {record}"));
    }

    private static string GenerationOf(Explanation one) => one.Positions.Count == 0
        ? "none yet: the data dir has no position of this file"
        : $"{string.Join(", ", one.Positions.Select(p => p.Generation).Distinct(StringComparer.Ordinal))}: known by its inode";

    /// <summary>For a compressed file the length in text is not known.</summary>
    private static string PositionIn(SurveyedFile file, FilePosition position)
    {
        string Up(long to) => file.IsCompressed ? (to >= long.MaxValue / 16 ? "its end" : $"byte {to} of its text") : $"byte {Math.Min(to, file.Size)}";
        return $"stored up to {Up(position.Stored)}, buffered up to {Up(position.Buffered)}{(file.IsCompressed ? "" : $" of {file.Size}")}";
    }

    /// <summary>The record without the parts that only the log has, where no whole record can be read.</summary>
    public static string RecordOf(Explanation one) =>
        "{\"time\":\"…\",\"stream\":\"…\",\"log\":\"…\"" + Encoding.UTF8.GetString(RecordTail.Render(one.Identity).Bytes).TrimEnd('\n');

    public static string Totals(IReadOnlyList<Explanation> shown, Explainer explainer)
    {
        var collected = shown.Where(one => one.IsCollected).ToList();
        var pods = explainer.PodsDirectory is { } directory ? $" The labels and annotations of {explainer.KnownPods} pods are known, from {directory}." : "";
        return $"{collected.Count} of {Counted.Of(shown.Count, "file")} ({Fullness.Bytes(collected.Sum(one => one.File.Size))}) would be collected.{pods}";
    }

    /// <summary>Why no source matches a path, judging by the patterns.</summary>
    public static string Missed(string path, CollectorConfiguration config)
    {
        var full = Path.GetFullPath(path);
        var there = Path.Exists(full) ? "" : ", and the file does not exist";
        var sources = config.Sources.Select(s => $"source {s.Name} reads {s.Path}{(s is ContainerSourceSettings c ? $" and what these link to below {c.PodLogs}" : "")}{(new PathGlob(s.Path).IsMatch(full) ? " (which it matches)" : "")}");
        return Safe($"{path}: no source matches it{there}. {string.Join("; ", sources)}.");
    }

    private static string Safe(string text) => TerminalText.Of(text).Replace('\n', ' ');
}
