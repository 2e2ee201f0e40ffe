using Collector.Configuration;

namespace Collector.Tests.Configuration;

/// <summary>Files of the repository that tests compare with the code.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The example that has every key, none at its default.</summary>
    public static CollectorConfiguration EveryKey() =>
        Yaml.Valid(File.ReadAllText(Path.Combine(Root, "tests/Collector.Tests/Configuration/every-key.yaml")));

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Collector.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return directory;
    }
}
