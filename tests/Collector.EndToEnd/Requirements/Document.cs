using System.Text;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;

namespace Collector.EndToEnd.Requirements;

/// <summary>
/// A document of somebody who stores logs, followed step by step with our own examples: statements, each with its check. What is
/// run for one statement is there for the next ones.
/// </summary>
internal abstract class Document : IDisposable
{
    private const string Header = """
        # What it was made for

        Five documents of people who store logs say what they need. Here it is statement by statement, in our words, and what comes of it. The last column is the check that proves it: `hack/test.sh` follows each document with our [examples](../examples/README.md), over local stores, and fails when a check does, or when this page says something else. It is made by `RequirementsTests`.

        """;

    /// <summary>Where the table is committed.</summary>
    public static string CommittedPath { get; } = Repository.In("deploy/docs/requirements.md");

    /// <summary>Of whom, and what they store.</summary>
    public abstract string Title { get; }

    /// <summary>Which examples it is followed with, as a sentence.</summary>
    public abstract string FollowedWith { get; }

    /// <summary>In the order of the document.</summary>
    public abstract IReadOnlyList<Statement> Statements { get; }

    protected Stage Stage { get; } = new();

    public static IReadOnlyList<Document> All() => [new AirflowDocument(), new HostDocument(), new FetcherDocument(), new ForwarderDocument(), new DataplaneDocument()];

    /// <summary>The whole page.</summary>
    public static string Page(IEnumerable<Document> documents) => Header + string.Concat(documents.Select(document => document.Section()));

    public virtual void Dispose() => Stage.Dispose();

    private string Section()
    {
        var text = new StringBuilder($"\n## {Title}\n\n{FollowedWith}\n\n| asked for | | | check |\n|---|---|---|---|\n");
        foreach (Statement statement in Statements)
        {
            string proof = statement.Proof.Length > 0 ? $"`{statement.Proof}`" : "";
            text.Append($"| {statement.Text} | {statement.Verdict.ToString().ToLowerInvariant()} | {statement.Reason} | {proof} |\n");
        }

        return text.ToString();
    }
}
