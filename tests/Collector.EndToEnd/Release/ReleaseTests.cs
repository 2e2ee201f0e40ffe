using System.Text.Json;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Release;

/// <summary>What a release carries besides the binary: licence, notice, bill of materials, changelog, the chart's page in Artifact Hub.</summary>
public sealed partial class ReleaseTests
{
    private static readonly string[] BuildOnly = ["Meziantou.Analyzer", "Microsoft.VisualStudio.Threading.Analyzers", "Microsoft.NET.ILLink.Tasks", "Microsoft.DotNet.ILCompiler", "runtime."];

    /// <summary>https://artifacthub.io/docs/topics/annotations/helm, without those of operators.</summary>
    private static readonly string[] ArtifactHubKeys =
        ["alternativeName", "category", "changes", "containsSecurityUpdates", "images", "license", "links", "maintainers", "operator", "prerelease", "recommendations", "screenshots", "signKey"];

    [Fact]
    public void NOTICE_is_what_the_lock_files_say()
    {
        CommandRun run = CommandRun.Of("bash", Sub("hack/licenses.sh"), "--check");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
    }

    [Fact]
    public void The_bill_of_materials_has_every_package_of_the_lock_files_once_and_is_the_same_each_time()
    {
        CommandRun run = CommandRun.Of("bash", Sub("hack/sbom.sh"), "1.2.3", "0123456789ab"), again = CommandRun.Of("bash", Sub("hack/sbom.sh"), "1.2.3", "0123456789ab");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal(run.Output, again.Output);

        JsonElement bill = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(("CycloneDX", "1.6"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$", bill.GetProperty("serialNumber").GetString());
        string[] purls = [.. bill.GetProperty("components").EnumerateArray().Select(c => c.GetProperty("purl").GetString()!)];
        Assert.Equal(purls.Length, purls.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(
            Locked().Select(p => $"pkg:nuget/{p.Name}@{p.Version}").Order(StringComparer.OrdinalIgnoreCase),
            purls.Where(p => p.StartsWith("pkg:nuget/", StringComparison.Ordinal)).Order(StringComparer.OrdinalIgnoreCase));
        Assert.Contains(purls, p => p.StartsWith("pkg:github/facebook/zstd@v", StringComparison.Ordinal));
        Assert.All(bill.GetProperty("components").EnumerateArray(), c => Assert.Matches("^[A-Za-z0-9.-]+$", c.GetProperty("licenses")[0].GetProperty("license").GetProperty("id").GetString()));

        string[] all = [.. purls, "pkg:generic/collector@1.2.3"];
        JsonElement[] needs = [.. bill.GetProperty("dependencies").EnumerateArray()];
        Assert.Equal(all.Order(StringComparer.Ordinal), needs.Select(d => d.GetProperty("ref").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(needs.SelectMany(d => d.GetProperty("dependsOn").EnumerateArray()), on => Assert.Contains(on.GetString(), all));
        Assert.Contains("pkg:nuget/AWSSDK.Core", string.Join(' ', needs.Single(d => d.GetProperty("ref").GetString()!.StartsWith("pkg:nuget/AWSSDK.S3@", StringComparison.Ordinal)).GetProperty("dependsOn").EnumerateArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_chart_and_changelog_have_one_version()
    {
        string version = Regex.Match(File.ReadAllText(Sub("Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;
        string chart = File.ReadAllText(Sub("charts/collector/Chart.yaml")), changes = File.ReadAllText(Sub("CHANGELOG.md"));
        Assert.Contains($"\nversion: {version}\nappVersion: {version}\n", chart, StringComparison.Ordinal);
        Assert.Matches(@"(?s)^# Changelog\n.*\n## \[Unreleased\]\n", changes);
        Version released = Version.Parse(Regex.Match(changes, @"\n## \[(?<version>[0-9.]+)\] - \d{4}-\d\d-\d\d\n", RegexOptions.ExplicitCapture).Groups["version"].Value);
        Assert.InRange(Version.Parse(version), released, new Version(released.Major + 1, 0, 0));
        Assert.All(Heading().Matches(changes).Select(m => m.Groups["kind"].Value), kind => Assert.Contains(kind, (string[])["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]));
    }

    [Fact]
    public void Nothing_is_released_while_nobody_can_report_a_vulnerability()
    {
        Assert.Contains("\nContact: security@collector.example\n", File.ReadAllText(Sub(".github/SECURITY.md")), StringComparison.Ordinal);
        CommandRun run = CommandRun.Of("env", "-u", "REHEARSAL", "bash", Sub("hack/release.sh"), "/nonexistent/release");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("SECURITY.md has no address of yours", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_charts_annotations_are_those_that_Artifact_Hub_knows()
    {
        string chart = File.ReadAllText(Sub("charts/collector/Chart.yaml"));
        string[] keys = [.. Annotation().Matches(chart).Select(m => m.Groups["key"].Value)];
        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.Contains(key, ArtifactHubKeys));
        Assert.Contains("  artifacthub.io/license: Apache-2.0\n", chart, StringComparison.Ordinal);
        Assert.Contains("\nhome: https://", chart, StringComparison.Ordinal);
        Assert.Contains("\nsources: [https://", chart, StringComparison.Ordinal);
    }

    private static string Sub(string path) => Path.Combine(Repository.Root, path);

    /// <summary>Of all projects that the binary is made of.</summary>
    private static IEnumerable<(string Name, string Version)> Locked() => Directory.GetFiles(Sub("src"), "packages.lock.json", SearchOption.AllDirectories)
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
        .SelectMany(f => JsonDocument.Parse(File.ReadAllText(f)).RootElement.GetProperty("dependencies").EnumerateObject())
        .SelectMany(framework => framework.Value.EnumerateObject())
        .Where(p => p.Value.TryGetProperty("resolved", out _) && !BuildOnly.Any(b => p.Name.StartsWith(b, StringComparison.Ordinal)))
        .Select(p => (p.Name, p.Value.GetProperty("resolved").GetString()!))
        .Distinct();

    [GeneratedRegex(@"^### (?<kind>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^  artifacthub\.io/(?<key>[A-Za-z]+):", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Annotation();
}
