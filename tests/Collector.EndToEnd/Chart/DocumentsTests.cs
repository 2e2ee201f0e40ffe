using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>The README and the documents that it leads to: their links, their length, and who runs the commands in them.</summary>
public sealed partial class DocumentsTests : IDisposable
{
    /// <summary>The first line of each block of commands, and where it is run, or why it cannot be.</summary>
    private static readonly Dictionary<string, string> RunBy = new(StringComparer.Ordinal)
    {
        ["hack/demo.sh"] = "run by hand and by whoever lands a change; it takes two minutes of a whole machine",
        ["kind create cluster"] = "needs a container runtime and a registry; The_values_for_kind_are_right renders what it installs",
        ["docker buildx build"] = "needs a container runtime and a registry",
        ["CLUSTER=my-cluster REGION"] = "ReadmeTests",
        ["CLUSTER=my-cluster GROUP"] = "ReadmeTests",
        ["CLUSTER=my-cluster LOCATION"] = "ReadmeTests",
        ["collector logs cart-7d9f-x2x4z"] = "needs clouds; the Reading tests run each option over local servers",
        ["collector ui --from"] = "ViewerTests",
        ["helm test collector"] = "needs a cluster; ClusterTests run what the test's pod runs",
        ["hack/build.sh"] = "hack/test.sh builds both architectures with it",
        ["collector validate --config"] = "ReleaseTests and the tests of both commands",
        ["collector convert --from fluent-bit fluent-bit.conf"] = "ConvertTests",
        ["collector convert --from fluent-bit --positions"] = "TakeOverTests",
        ["helm upgrade collector"] = "needs a cluster",
        ["docker run --rm"] = "needs a container runtime",
    };

    private readonly TemporaryDirectory directory = new();

    public static TheoryData<string> Documents =>
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.StartsWith("artifacts", StringComparison.Ordinal) && !file.StartsWith(".git/", StringComparison.Ordinal) && !file.Contains("node_modules", StringComparison.Ordinal)),
    ];

    public void Dispose() => directory.Dispose();

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string document)
    {
        string text = Fence().Replace(File.ReadAllText(Repository.In(document)), "");
        Assert.All(Link().Matches(text).Select(link => link.Groups["to"].Value).Where(to => !to.Contains("://", StringComparison.Ordinal) && !to.StartsWith("mailto:", StringComparison.Ordinal)), to =>
        {
            string[] parts = to.Split('#');
            string file = parts[0].Length == 0 ? Repository.In(document) : Path.GetFullPath(Path.Join(Path.GetDirectoryName(Repository.In(document)), parts[0]));
            Assert.True(Path.Exists(file), $"{to}: there is no {file}");
            Assert.True(parts.Length == 1 || Anchors(file).Contains(parts[1]), $"{to}: no heading of {file} has that anchor");
        });
    }

    [Fact]
    public void The_README_is_read_in_minutes() => Assert.InRange(File.ReadAllLines(Repository.In("README.md")).Length, 50, 150);

    [Fact]
    public void Every_block_of_commands_is_run_somewhere_or_says_why_not()
    {
        string[] blocks = [.. new[] { Repository.In("README.md") }.Concat(Directory.EnumerateFiles(Repository.In("deploy/docs"), "*.md"))
            .SelectMany(file => Commands().Matches(File.ReadAllText(file))).Select(block => block.Groups["first"].Value)];
        Assert.All(blocks, first => Assert.Contains(RunBy.Keys, known => first.StartsWith(known, StringComparison.Ordinal)));
        Assert.All(RunBy.Keys, known => Assert.Contains(blocks, first => first.StartsWith(known, StringComparison.Ordinal)));
    }

    /// <summary>What the README has people install on kind: the chart takes the values, and the agent the configuration.</summary>
    [Fact]
    public void The_values_for_kind_are_right()
    {
        CommandRun run = CommandRun.Of(ChartFiles.Tool("helm4"), "template", "collector", Repository.In("charts/collector"), "-n", "logging", "-f", Repository.In("deploy/examples/kind/values.yaml"));
        Assert.True(run.ExitCode == 0, run.Errors);
        RenderedChart chart = RenderedChart.Parse(run.Output);
        Assert.Equal("collector:try", (string?)chart.Container["image"]);
        string keys = directory.Sub("keys");
        File.WriteAllText(keys, "key");
        File.WriteAllText(directory.Sub("collector.yaml"), chart.Configuration.Replace("/etc/collector-s3/access-key", keys, StringComparison.Ordinal).Replace("/etc/collector-s3/secret-key", keys, StringComparison.Ordinal));
        Assert.Equal("OK\n", CommandRun.Collector("validate", "--config", directory.Sub("collector.yaml")).Output);
    }

    /// <summary>As GitHub makes them: lower case, blanks to dashes, punctuation left out.</summary>
    private static HashSet<string> Anchors(string file) =>
        [.. Fence().Replace(File.ReadAllText(file), "").Split('\n').Where(line => line.StartsWith('#')).Select(line => Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\[[^\]]*\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("^ *```.*?^ *```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^```sh\n(?<first>[^\n]*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Commands();

    [GeneratedRegex(@"[^\p{L}\p{Nd}\- _]")]
    private static partial Regex Punctuation();
}
