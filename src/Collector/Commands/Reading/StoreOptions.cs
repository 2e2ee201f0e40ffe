using System.CommandLine;

namespace Collector.Commands.Reading;

/// <summary>The options for the store to read from, the same for all commands that read.</summary>
/// <param name="configNames">The names of the configuration option.</param>
internal sealed class StoreOptions(params string[] configNames)
{
    private readonly Option<string?> _from = new("--from") { Description = "Where the objects are: s3://BUCKET/PREFIX?region=…&endpoint=…, azblob://ACCOUNT/CONTAINER/PREFIX, gs://BUCKET/PREFIX, file:///DIR.", HelpName = "URL" };
    private readonly Option<string?> _keyPrefix = new("--key-prefix") { Description = "The keyPrefix that they were written with; the default is the agent's.", HelpName = "TEMPLATE" };
    private readonly Option<string> _config = new("--config", configNames) { Description = "In place of --from: the agent's configuration.", HelpName = "FILE", DefaultValueFactory = _ => ConfigOption.DefaultPath };
    private readonly Option<string?> _output = new("--output") { Description = "Which of its outputs, when there are several.", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        command.Options.Add(_from);
        command.Options.Add(_keyPrefix);
        command.Options.Add(_config);
        command.Options.Add(_output);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="config">A configuration that was given in another way; null: none.</param>
    /// <param name="store">The store, if all options are valid.</param>
    /// <param name="error">Else what is wrong.</param>
    /// <param name="catalog">The place of the catalog, if it differs from the configuration; empty: the configured one.</param>
    public bool TryOpen(ParseResult parsed, string? config, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StoreToRead? store, out string error, string catalog = "")
    {
        var from = parsed.GetValue(_from);
        if (from is not null && (config is not null || parsed.GetResult(_config) is { Implicit: false }))
        {
            store = null;
            error = "--from and --config exclude each other: --from names the store, --config a file that names it";
            return false;
        }

        return StoreToRead.TryOpen(from, parsed.GetValue(_keyPrefix), config ?? parsed.GetRequiredValue(_config), parsed.GetValue(_output), out store, out error, catalog);
    }
}
