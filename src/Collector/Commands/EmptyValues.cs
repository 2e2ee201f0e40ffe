using System.CommandLine;
using System.CommandLine.Parsing;

namespace Collector.Commands;

/// <summary>
/// Refuses empty texts on the command line, which are mostly variables of a script that are not set: to go on with another value
/// would read or write a place that nobody has named.
/// </summary>
internal static class EmptyValues
{
    /// <summary>Options for which an empty text has a meaning of its own.</summary>
    private static readonly HashSet<string> s_meaningful = ["--grep", "--selector", "--catalog", "--key-prefix"];

    /// <summary>Adds the check to all options and arguments of a command and of those below it.</summary>
    public static void Refuse(Command command)
    {
        foreach (var option in command.Options.Where(o => !s_meaningful.Contains(o.Name)))
            option.Validators.Add(result => Check(result, option.Name, option.Required));
        foreach (var argument in command.Arguments)
            argument.Validators.Add(result => Check(result, argument.HelpName ?? argument.Name, argument.Arity.MinimumNumberOfValues > 0));
        foreach (var below in command.Subcommands)
            Refuse(below);
    }

    private static void Check(SymbolResult result, string name, bool isRequired)
    {
        if (!result.Errors.Any() && result.Tokens.Any(token => token.Value.Length == 0))
            result.AddError($"{name}: the given text is empty, as from a variable that is not set; write a text that is not empty{(isRequired ? "" : $", or leave {name} out")}");
    }
}
