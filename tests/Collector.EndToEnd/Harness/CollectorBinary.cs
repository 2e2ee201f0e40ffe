namespace Collector.EndToEnd.Harness;

/// <summary>The published binary that is tried: <c>$COLLECTOR_BINARY</c>, or what <c>hack/build.sh</c> makes.</summary>
internal static class CollectorBinary
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>Throws <see cref="FileNotFoundException"/>, saying what to run, when there is none.</summary>
    public static string Path => Found.Value;

    private static string Find()
    {
        string path = Environment.GetEnvironmentVariable("COLLECTOR_BINARY") is { Length: > 0 } given
            ? System.IO.Path.GetFullPath(given)
            : System.IO.Path.Combine(Root(), "artifacts", "collector", "collector");
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no collector at {path}. Run hack/build.sh, or set COLLECTOR_BINARY.");
    }

    private static string Root()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Collector.sln"))) return directory.FullName;
        }

        throw new DirectoryNotFoundException($"There is no Collector.sln above {AppContext.BaseDirectory}; set COLLECTOR_BINARY.");
    }
}
