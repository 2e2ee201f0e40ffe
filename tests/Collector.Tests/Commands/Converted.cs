using Collector.Commands;
using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>What <c>collector convert</c> has printed.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Yaml">Standard output.</param>
/// <param name="Errors">Standard error, by lines.</param>
internal sealed record Converted(int Code, string Yaml, IReadOnlyList<string> Errors)
{
    private CollectorConfiguration? configuration;

    /// <summary>What of standard error is of weight.</summary>
    public IReadOnlyList<string> Weighty => [.. Errors.Where(e => e.StartsWith("NOT CONVERTED: ", StringComparison.Ordinal))];

    /// <summary>What the printed configuration says, which <c>validate</c> has found OK.</summary>
    public CollectorConfiguration Configuration => configuration ?? throw new InvalidOperationException("It was not validated.");

    /// <summary>Runs it on a file of its own, or on one of <paramref name="files"/> by the name main.</summary>
    /// <param name="agent">Whose configuration it is.</param>
    /// <param name="extension">Of the file's name.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="files">Files beside it: name and text.</param>
    public static async Task<Converted> OfAsync(string agent, string extension, string text, params (string Name, string Text)[] files)
    {
        var directory = Directory.CreateTempSubdirectory("collector-convert-");
        try
        {
            var main = Path.Combine(directory.FullName, $"main{extension}");
            await File.WriteAllTextAsync(main, text);
            foreach (var (name, content) in files)
                await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), content);
            var (code, output, errors) = await RunAsync("convert", "--from", agent, main);
            var result = new Converted(code, output, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            if (output.Length == 0)
                return result;

            // Each remark stands at its place, and on standard error.
            Assert.All(result.Errors.Where(e => !e.Contains("(the printed configuration", StringComparison.Ordinal)), remark => Assert.Contains($"# {remark}\n", output, StringComparison.Ordinal));
            Assert.Equal(result.Weighty.Count > 0 ? ExitCode.Incomplete : ExitCode.Done, code);
            return result with { configuration = await ValidateAsync(Path.Combine(directory.FullName, "converted.yaml"), output) };
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static async Task<CollectorConfiguration?> ValidateAsync(string file, string yaml)
    {
        await File.WriteAllTextAsync(file, yaml);
        // Where nothing is left to collect, there is no configuration either, and convert has said why.
        if (yaml.Contains("\nsources: []", StringComparison.Ordinal) || yaml.Contains("\noutputs: []", StringComparison.Ordinal))
            return null;
        var (code, output, _) = await RunAsync("validate", "--config", file);
        Assert.Equal((ExitCode.Done, "OK\n"), (code, output));
        return ConfigurationFile.Load(file).Configuration;
    }
}
