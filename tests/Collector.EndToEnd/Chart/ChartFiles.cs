using Collector.EndToEnd.Harness;

namespace Collector.EndToEnd.Chart;

/// <summary>Where the chart, its examples and the tools that <c>hack/install.sh</c> installed are.</summary>
internal static class ChartFiles
{
    public static string Root { get; } = FindRoot();

    public static string Chart { get; } = In("charts/collector");

    public static string Examples { get; } = In("deploy/examples");

    /// <summary>The smallest values that render.</summary>
    public static string Minimal { get; } = In("charts/collector/ci/minimal-values.yaml");

    public static string In(string path) => Path.Combine(Root, path);

    /// <summary>A tool; throws <see cref="FileNotFoundException"/>, saying what to run, when it is not there.</summary>
    public static string Tool(string name)
    {
        string path = In($"artifacts/tools/{name}");
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no {path}. Run hack/install.sh.");
    }

    /// <summary>A script of <c>hack/chart-tools</c>, run by node.</summary>
    public static CommandRun Node(string script, params string[] arguments) =>
        CommandRun.Of("node", [In($"hack/chart-tools/{script}"), .. arguments]);

    /// <summary>The values that the chart is tried with, and those of the examples.</summary>
    public static IReadOnlyList<string> AllValues() =>
    [
        .. Directory.EnumerateFiles(In("charts/collector/ci"), "*-values.yaml").Concat(Directory.EnumerateFiles(Examples, "*-values.yaml"))
            .Select(file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A directory with all that is in it.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string sub in Directory.EnumerateDirectories(from)) Copy(sub, Path.Combine(to, Path.GetFileName(sub)));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Collector.sln"))) return directory.FullName;
        }

        throw new DirectoryNotFoundException($"There is no Collector.sln above {AppContext.BaseDirectory}.");
    }
}
