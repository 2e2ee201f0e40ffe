using System.CommandLine;
using System.CommandLine.Completions;

namespace Collector.Commands;

/// <summary>The possible values at one place of a command line.</summary>
/// <param name="IsValue">False: it is a flag, and nothing follows it.</param>
/// <param name="IsFile">A path is completed.</param>
/// <param name="Words">All possible words; empty: only the user knows them.</param>
internal sealed record CompletedValue(bool IsValue, bool IsFile, IReadOnlyList<string> Words)
{
    public static CompletedValue Of(Option option) =>
        option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0
            ? new CompletedValue(IsValue: false, IsFile: false, [])
            : Of(option.HelpName ?? "", option.GetCompletions(CompletionContext.Empty));

    public static CompletedValue Of(Argument argument) => Of(argument.HelpName ?? argument.Name, argument.GetCompletions(CompletionContext.Empty));

    /// <summary>By the name of a value in the help, so that help and completion agree.</summary>
    private static CompletedValue Of(string name, IEnumerable<CompletionItem> items) =>
        new(IsValue: true, IsFile: name is "FILE" or "DIR" or "PATH" or "PATHS" or "DB", [.. items.Select(item => item.Label)]);
}

/// <summary>A command, as completion sees it.</summary>
/// <param name="Path">The words after <c>collector</c>, each with a blank before it; empty: <c>collector</c> itself.</param>
/// <param name="Description">Its description in the help.</param>
internal sealed record CompletedCommand(string Path, string Description)
{
    public IReadOnlyList<(string Name, string Description)> Commands { get; init; } = [];

    public IReadOnlyList<(IReadOnlyList<string> Names, string Description, CompletedValue Value)> Options { get; init; } = [];

    public IReadOnlyList<CompletedValue> Arguments { get; init; } = [];

    /// <summary>A command and all below it; hidden ones are left out, as help does.</summary>
    public static IReadOnlyList<CompletedCommand> All(Command root) => [.. Below(root, "", [])];

    /// <summary>Of the help option's other names, <c>/h</c> is for Windows and <c>-?</c> is a pattern of the shell.</summary>
    private static bool IsTyped(string name) => name.StartsWith('-') && name != "-?";

    private static IEnumerable<CompletedCommand> Below(Command command, string path, IEnumerable<Option> inherited)
    {
        var shown = command.Subcommands.Where(one => !one.Hidden).ToList();
        yield return new CompletedCommand(path, command.Description ?? "")
        {
            Commands = [.. shown.Select(one => (one.Name, one.Description ?? ""))],
            Options = [.. command.Options.Concat(inherited).Where(o => !o.Hidden).Select(o => ((IReadOnlyList<string>)[.. o.Aliases.Prepend(o.Name).Where(IsTyped)], o.Description ?? "", CompletedValue.Of(o)))],
            Arguments = [.. command.Arguments.Where(a => !a.Hidden).Select(CompletedValue.Of)],
        };
        foreach (var one in shown.SelectMany(one => Below(one, $"{path} {one.Name}", inherited.Concat(command.Options.Where(o => o.Recursive)))))
            yield return one;
    }
}
