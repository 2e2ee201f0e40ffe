using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Collector.Commands.Reading.Ui;

/// <summary>
/// A question of the page: the options of <c>collector logs</c> by their long names, parsed by the same code as a command line, so
/// that both accept and report the same.
/// </summary>
internal sealed record UiQuestion(LogsRequest Request, int Limit, bool Follows)
{
    /// <summary>The most lines that a page can hold; also the default.</summary>
    public const int MostLines = 200_000;

    /// <summary>
    /// The last lines are held in memory until they are known. Larger requests select by time, and stream as they are read.
    /// </summary>
    public const int MostTail = 20_000;

    private static readonly string[] WithValue =
        ["namespace", "selector", "container", "stream", "since", "since-time", "until", "until-time", "tail", "grep", "after-context", "before-context", "context", "where"];

    private static readonly string[] Switches = ["previous", "all-restarts", "ignore-case", "invert-match"];

    /// <summary>False with the first mistake.</summary>
    public static bool TryRead(IQueryCollection query, DateTimeOffset now, [NotNullWhen(true)] out UiQuestion? question, out string mistake)
    {
        question = null;
        List<string> arguments = [];
        foreach (var (name, values) in query)
        {
            var value = values.Count == 1 ? values[0]! : "";
            if (values.Count != 1 || value.Contains('\0', StringComparison.Ordinal))
                return Fails($"{name}: give it once", out mistake);
            if (WithValue.Contains(name, StringComparer.Ordinal))
                arguments.Add($"--{name}={value}");
            else if (Switches.Contains(name, StringComparer.Ordinal) && value == "1")
                arguments.Add($"--{name}");
            else if (name is not ("pod" or "limit" or "follow"))
                return Fails($"{name}={value} is not a valid parameter", out mistake);
        }

        if (!query.ContainsKey("namespace"))
            arguments.Add("--all-namespaces");

        // After -- no word is an option, whatever it looks like.
        if (query["pod"] is [{ Length: > 0 } pod])
            arguments.AddRange("--", pod);

        var limit = MostLines;
        if (query["limit"] is [{ } text] && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is > 0 and <= MostLines))
            return Fails($"limit: write a number up to {MostLines}", out mistake);

        var what = new Argument<string?>("POD") { Arity = ArgumentArity.ZeroOrOne };
        var options = new LogsOptions();
        var command = new Command("logs") { what };
        options.AddTo(command);
        var parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
            return Fails(parsed.Errors[0].Message, out mistake);
        if (!options.TryRead(parsed, parsed.GetValue(what), now, out var request, out mistake))
            return Fails(mistake.Split('\n')[0], out mistake);
        if (request.Config is not null)
            return Fails($"container: {request.Config} is not the name of a container", out mistake);
        if (request.Tail > MostTail)
            return Fails($"tail: up to {MostTail} lines; select more by time", out mistake);
        question = new UiQuestion(request, limit, query["follow"] == "1");
        return !(question.Follows && request.Question.Until is not null) || Fails("follow and until exclude each other: follow has no end", out mistake);
    }

    private static bool Fails(string why, out string mistake)
    {
        mistake = why;
        return false;
    }
}
