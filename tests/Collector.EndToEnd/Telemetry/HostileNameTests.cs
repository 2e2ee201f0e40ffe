using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Telemetry;

/// <summary>S-122: names that a pod can choose, in the collector's own log.</summary>
public sealed partial class HostileNameTests : IDisposable
{
    private const string Forged = "\n{\"time\":\"2026-11-21T00:00:00.000Z\",\"level\":\"info\",\"logger\":\"collector\",\"message\":\"all is well\"}\u001b[2K\u001b[1A\r";

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public void They_cannot_forge_a_line_or_move_the_cursor(string format)
    {
        stage.LogFormat = $"{{level: debug, format: {format}}}";
        string app = Directory.CreateDirectory(stage.Sub("app")).FullName;
        stage.Sources = [stage.ContainersSource(), $"{{type: file, name: app, path: '{app}/*.log'}}"];
        new PodLog(stage.Tree, "web" + Forged).Write("a line");
        File.CreateSymbolicLink(Path.Combine(stage.Tree.Containers, $"planted{Forged}.log"), "/etc/passwd");
        File.WriteAllText(Path.Combine(stage.Tree.Containers, $"plain{Forged}.log"), "no container\n");
        File.WriteAllText(Path.Combine(app, $"a{Forged}.log"), "another line\n");
        File.WriteAllText(Path.Combine(app, $"a{Forged}.log.1.gz"), "not gzip\n");
        Agent agent = stage.Start();
        agent.AwaitUploaded(2);
        agent.Stop();

        string log = agent.Errors;
        Assert.Contains("all is well", log, StringComparison.Ordinal); // the names were told
        Assert.DoesNotContain(log, c => char.IsControl(c) && c != '\n');
        Regex line = format == "json" ? JsonLine() : TextLine();
        foreach (string each in log.Split('\n')[..^1])
        {
            Assert.Matches(line, each);
            Assert.DoesNotMatch(@"^\{""time"":""2026-11-21T00:00:00\.000Z""", each);
        }

        Assert.Equal(["a line", "another line"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\{""time"":""\d{4}-\d\d-\d\dT[0-9:.]+Z"",""level"":""(debug|info|warn|error)"",.*\}$", RegexOptions.ExplicitCapture)]
    private static partial Regex JsonLine();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT[0-9:.]+Z (debug|info|warn|error) ", RegexOptions.ExplicitCapture)]
    private static partial Regex TextLine();
}
