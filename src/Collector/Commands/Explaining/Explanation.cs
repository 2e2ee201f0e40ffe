using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;

namespace Collector.Commands.Explaining;

/// <summary>One file of one source, and what the collector does with it.</summary>
internal sealed record Explanation
{
    public required SurveyedFile File { get; init; }

    public required SourceSettings Source { get; init; }

    /// <summary>Why the source matches it, as the end of a sentence about the file.</summary>
    public required string TakenBecause { get; init; }

    /// <summary>The fields of all its records besides time, stream and text.</summary>
    public required RecordIdentity Identity { get; init; }

    /// <summary>Why it is not collected; null: it is.</summary>
    public string? Excluded { get; init; }

    /// <summary>What is known about its container; null for <c>file</c> sources.</summary>
    public ContainerFacts? Facts { get; init; }

    /// <summary>How far the outputs have read it, if known; empty also if not requested.</summary>
    public IReadOnlyList<FilePosition> Positions { get; init; } = [];

    /// <summary>Its last record, as it would be stored; null: there is none, or it was not requested.</summary>
    public string? Record { get; init; }

    /// <summary>Further rules for its records.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>All outputs, in the configuration's order; empty when nothing is collected.</summary>
    public IReadOnlyList<ExplainedOutput> Outputs { get; init; } = [];

    public bool IsCollected => Excluded is null && Outputs.Any(o => o.Unmet is null);
}

/// <summary>What one output does with a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Store">The place that it writes to.</param>
/// <param name="Format">The format of its records.</param>
/// <param name="Match">Its <c>match</c>, as the end of a sentence that says why it gets the file.</param>
/// <param name="Unmet">The part of <c>match</c> that excludes the file, with the file's value; null: the output gets the
/// file.</param>
/// <param name="Keys">An object's key, opened now; several where the two streams have keys of their own.</param>
internal sealed record ExplainedOutput(string Name, string Store, ObjectFormat Format, string Match, string? Unmet, IReadOnlyList<string> Keys);
