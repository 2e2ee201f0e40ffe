using System.CommandLine;
using Collector.Configuration;
using Collector.Hosting;
using Collector.ObjectStores.Http;

namespace Collector.Commands;

/// <summary>
/// <c>collector validate</c>: every mistake on a line of standard output, or <c>OK</c>; warnings on standard error.
/// </summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var connect = new Option<bool>("--connect") { Description = "Also resolve the credentials, prove write access to every store, and ask the Kubernetes API as the agent will." };
        var command = new Command("validate", "Print every mistake in a configuration, or OK.") { config, connect, LogLevelOption.Create() };
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(connect), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string file, bool connect, InvocationConfiguration streams, CancellationToken cancellation)
    {
        var (configuration, mistakes) = ConfigurationFile.Load(file);
        foreach (var mistake in mistakes)
            await streams.Output.WriteLineAsync(mistake.ToString());
        foreach (var warning in configuration is null ? [] : ConfigurationWarnings.Of(configuration))
            await streams.Error.WriteLineAsync($"warning: {warning}");
        var problems = configuration?.Outputs.Select(output => output.Store).OfType<HttpStoreSettings>()
            .SelectMany(store => store.ProxyProblems(Environment.GetEnvironmentVariable)).Distinct(StringComparer.Ordinal).ToList() ?? [];
        foreach (var problem in problems)
            await streams.Output.WriteLineAsync(problem);
        if (configuration is null || problems.Count > 0 || (connect && !await Connectivity.CheckAsync(configuration, streams.Output, streams.Error, cancellation)))
            return ExitCode.Incomplete;
        await streams.Output.WriteLineAsync("OK");
        return ExitCode.Done;
    }
}
