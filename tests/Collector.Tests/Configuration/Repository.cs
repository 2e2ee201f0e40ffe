using Collector.Configuration;

namespace Collector.Tests.Configuration;

/// <summary>Files of the repository that tests compare with the code.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>An example that lies beside the tests.</summary>
    public static CollectorConfiguration Example(string name) =>
        Yaml.Valid(File.ReadAllText(Path.Combine(Root, "tests/Collector.Tests/Configuration", name)));

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Collector.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return directory;
    }
}
