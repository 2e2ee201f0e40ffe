using System.CommandLine;

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
        {
            option.Validators.Add(result =>
            {
                if (!result.Errors.Any() && result.Tokens.Any(token => token.Value.Length == 0))
                    result.AddError(Mistake(option.Name, option.HelpName, isRequired: option.Required));
            });
        }

        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(result =>
            {
                if (!result.Errors.Any() && result.Tokens.Any(token => token.Value.Length == 0))
                    result.AddError(Mistake(argument.HelpName ?? argument.Name, null, isRequired: argument.Arity.MinimumNumberOfValues > 0));
            });
        }

        foreach (var below in command.Subcommands)
            Refuse(below);
    }

    private static string Mistake(string name, string? value, bool isRequired) =>
        $"{name}: the text given for it is empty, as from a variable that is not set; write {(value is null ? "one with a value" : $"{name} {value}")}{(isRequired ? "" : ", or leave it out")}";
}
