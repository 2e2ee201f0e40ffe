using Collector.Configuration;
using Collector.Testing.Processes;

namespace Collector.Tests.Configuration;

/// <summary>Configurations that lie beside the tests.</summary>
internal static class Examples
{
    public static CollectorConfiguration Read(string name) =>
        Yaml.Valid(File.ReadAllText(Path.Combine(Repository.In("tests/Collector.Tests/Configuration"), name)));
}
