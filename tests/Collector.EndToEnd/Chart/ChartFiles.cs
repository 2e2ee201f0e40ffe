using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;

namespace Collector.EndToEnd.Chart;

/// <summary>Where the chart, its examples and the tools that <c>hack/install.sh</c> installed are.</summary>
internal static class ChartFiles
{
    public static string Chart { get; } = Repository.In("charts/collector");

    public static string Examples { get; } = Repository.In("deploy/examples");

    /// <summary>The smallest values that render.</summary>
    public static string Minimal { get; } = Repository.In("charts/collector/ci/minimal-values.yaml");

    /// <summary>The value without which nothing renders: no image is published.</summary>
    public const string Image = "image.repository=registry.example.com/collector";

    /// <summary>A tool; throws <see cref="FileNotFoundException"/>, saying what to run, when it is not there.</summary>
    public static string Tool(string name)
    {
        string path = Repository.In($"artifacts/tools/{name}");
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no {path}. Run hack/install.sh.");
    }

    /// <summary>A script of <c>hack/chart-tools</c>, run by node.</summary>
    public static CommandRun Node(string script, params string[] arguments) =>
        CommandRun.Of("node", [Repository.In($"hack/chart-tools/{script}"), .. arguments]);

    /// <summary>The values that the chart is tried with, and those of the examples.</summary>
    public static IReadOnlyList<string> AllValues() =>
    [
        .. Directory.EnumerateFiles(Repository.In("charts/collector/ci"), "*-values.yaml").Concat(Directory.EnumerateFiles(Examples, "*-values.yaml"))
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A directory with all that is in it.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string sub in Directory.EnumerateDirectories(from)) Copy(sub, Path.Combine(to, Path.GetFileName(sub)));
    }
}
