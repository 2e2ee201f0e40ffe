using System.Diagnostics;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>Follows each document step by step, and prints the table of its statements.</summary>
public sealed class RequirementsTests(ITestOutputHelper output)
{
    public static TheoryData<string> Documents
    {
        get
        {
            IReadOnlyList<Document> all = Document.All();
            TheoryData<string> names = [.. all.Select(document => document.GetType().Name)];
            foreach (Document document in all) document.Dispose();
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_statement_is_as_the_table_says(string name)
    {
        IReadOnlyList<Document> all = Document.All();
        var failures = new List<string>();
        foreach (Statement statement in all.Single(document => document.GetType().Name == name).Statements)
        {
            long began = Stopwatch.GetTimestamp();
            Exception? failure = Record.Exception(statement.Check ?? (static () => { }));
            output.WriteLine($"{(failure is null ? statement.Verdict.ToString() : "FAILED")}: {statement.Text} {statement.Reason} ({statement.Proof}, {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s)");
            if (failure is not null)
                failures.Add($"{statement.Proof}: {failure}");
        }

        foreach (Document document in all) document.Dispose();
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public void The_committed_page_says_what_is_checked()
    {
        IReadOnlyList<Document> all = Document.All();
        string page = Document.Page(all);
        foreach (Document document in all) document.Dispose();

        Assert.All(all.SelectMany(document => document.Statements), statement =>
        {
            Assert.Equal(statement.Verdict == Verdict.No, statement.Check is null);
            Assert.Equal(statement.Verdict == Verdict.Yes, statement.Reason.Length == 0);
        });
        string made = Repository.In("artifacts/requirements.md");
        Directory.CreateDirectory(Path.GetDirectoryName(made)!);
        File.WriteAllText(made, page);
        Assert.True(File.Exists(Document.CommittedPath) && File.ReadAllText(Document.CommittedPath) == page, $"The statements changed. Run: cp {made} {Document.CommittedPath}");
    }
}
