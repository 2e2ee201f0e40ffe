namespace Collector.Configuration;

/// <summary>The configuration file, as <c>run</c> and <c>validate</c> take it.</summary>
public static class ConfigurationFile
{
    /// <summary>Reads, parses and checks a file against the contract and against what this version can do. Never throws for what is in it.</summary>
    public static ParsedConfiguration Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ConfigurationParser.Failed(new Binding.Mistake(path, 0, $"cannot be read: {e.Message}", "give the path of a readable file"));
        }

        return ConfigurationParser.Parse(text, path, Environment.GetEnvironmentVariable);
    }
}
