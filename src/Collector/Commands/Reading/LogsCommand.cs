using System.CommandLine;
using System.Text.RegularExpressions;
using Collector.Reading;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Commands.Reading;

/// <summary><c>collector logs</c>: like <c>kubectl logs</c>, from the store, for deleted pods (contract §9).</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var what = new Argument<string?>("POD | KIND/NAME") { Description = "A pod's name, which may end in *; or its owner: deploy/NAME, sts/, ds/, job/, cronjob/.", Arity = ArgumentArity.ZeroOrOne };
        var options = new LogsOptions();
        var store = new StoreOptions();
        var command = new Command("logs", "Print what the agents stored of a pod, an owner or a selector. Exit code 1: nothing was found, or something was damaged; 5: the store refused.") { what };
        options.AddTo(command);
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            if (!options.TryRead(parsed, parsed.GetValue(what), DateTimeOffset.UtcNow, out var request, out var mistake)
                || !store.TryOpen(parsed, request.Config, out var opened, out mistake))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            using var printer = new LinePrinter(StandardOutput.Open(), request.Style);
            var code = await new LogsRun(reader, opened.Layout, request, printer, error).RunAsync(cancellation);
            printer.Flush();
            return printer.Lost is { } lost ? throw lost : code;
        });
        return command;
    }
}

/// <summary>A parsed command line of <c>collector logs</c>.</summary>
internal sealed record LogsRequest(Question Question, LineSearch Search, LineStyle Style)
{
    /// <summary>Null: all lines.</summary>
    public int? Tail { get; init; }

    public bool Follows { get; init; }

    public bool JoinsTraces { get; init; }

    /// <summary>The question is about one pod of this name in one namespace, and the namespace is not given.</summary>
    public bool IsOnePod { get; init; }

    /// <summary>A configuration that was given as <c>-c</c>.</summary>
    public string? Config { get; init; }

    /// <summary>Null: on a terminal when lines of several containers are mixed.</summary>
    public bool? HasPrefix { get; init; }
}

/// <param name="isForFiles">For <c>collector export</c>: options for printing are not allowed there.</param>
internal sealed partial class LogsOptions(bool isForFiles = false)
{
    /// <summary>Lines before or after a match.</summary>
    private const int MostContext = 100_000;

    private readonly Option<string?> _namespace = new("--namespace", "-n") { Description = "The namespace; without it all namespaces are searched, and the pod must be in only one of them.", HelpName = "NS" };
    private readonly Option<bool> _all = new("--all-namespaces") { Description = "All namespaces; also -A without a number." };
    private readonly Option<string?> _selector = new("--selector", "-l") { Description = "Labels, as kubectl takes them.", HelpName = "SELECTOR" };
    private readonly Option<string[]> _container = new("--container", "-c") { Description = "One container; without it all containers of the pod. (A name with a dot or a slash is a configuration file, as --config.)", HelpName = "CONTAINER", AllowMultipleArgumentsPerToken = false };
    private readonly Option<string?> _stream = new("--stream") { Description = "stdout or stderr.", HelpName = "STREAM", CompletionSources = { "stdout", "stderr" } };
    private readonly Option<bool> _previous = new("--previous", "-p") { Description = "The run of each container before its last restart." };
    private readonly Option<bool> _allRestarts = new("--all-restarts") { Description = "All runs of each container, and all pods of that name; without it the last." };
    private readonly Option<string?> _since = new("--since") { Description = "Not older than 2h, 30m, 7d.", HelpName = "DURATION" };
    private readonly Option<string?> _sinceTime = new("--since-time") { Description = "From 2026-11-20T10:00:00Z, 2026-11-20 on.", HelpName = "TIME" };
    private readonly Option<string?> _until = new("--until") { Description = "Not newer than 1h.", HelpName = "DURATION" };
    private readonly Option<string?> _untilTime = new("--until-time") { Description = "Up to a time, like 2026-11-20T10:00:00Z.", HelpName = "TIME" };
    private readonly Option<int?> _tail = NumberOption.Create(["--tail"], int.MaxValue, "The last N of the matching lines.");
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Follow: go on printing lines as they are stored." };
    private readonly Option<string?> _grep = new("--grep") { Description = "Lines that match a regular expression.", HelpName = "RE" };
    private readonly Option<bool> _ignoreCase = new("--ignore-case", "-i") { Description = "--grep ignores upper and lower case." };
    private readonly Option<bool> _invert = new("--invert-match", "-v") { Description = "Lines that do not match --grep." };
    private readonly Option<int?> _after = NumberOption.Create(["--after-context"], MostContext, "With this many lines after each match; also -A N.");
    private readonly Option<string[]> _both = new("-A") { Description = "kubectl's, without a number: all namespaces. grep's, with a number: lines after each match.", HelpName = "N", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<int?> _before = NumberOption.Create(["--before-context", "-B"], MostContext, "With this many lines before each match.");
    private readonly Option<int?> _context = NumberOption.Create(["--context", "-C"], MostContext, "With this many lines before and after each match.");
    private readonly Option<string?> _where = new("--where") { Description = "Lines of JSON whose fields satisfy a condition: 'level=error and status>=500'.", HelpName = "CONDITION" };
    private readonly Option<bool> _timestamps = new("--timestamps") { Description = "Each line's time before it." };
    private readonly Option<bool> _prefix = new("--prefix") { Description = "Each line's pod and container before it." };
    private readonly Option<string> _color = new("--color") { Description = "auto, always or never.", HelpName = "WHEN", CompletionSources = { "auto", "always", "never" }, DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _form = new("-o") { Description = "text; raw: each line's text and nothing else; jsonl: the stored records.", HelpName = "FORMAT", CompletionSources = { "text", "raw", "jsonl" }, DefaultValueFactory = _ => "text" };
    private readonly Option<bool> _multiline = new("--multiline") { Description = "--grep and --where treat a stack trace as one line." };

    private static readonly Dictionary<string, string> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["deploy"] = "Deployment",
        ["deployment"] = "Deployment",
        ["deployments"] = "Deployment",
        ["sts"] = "StatefulSet",
        ["statefulset"] = "StatefulSet",
        ["statefulsets"] = "StatefulSet",
        ["ds"] = "DaemonSet",
        ["daemonset"] = "DaemonSet",
        ["daemonsets"] = "DaemonSet",
        ["job"] = "Job",
        ["jobs"] = "Job",
        ["cj"] = "CronJob",
        ["cronjob"] = "CronJob",
        ["cronjobs"] = "CronJob",
        ["rs"] = "ReplicaSet",
        ["replicaset"] = "ReplicaSet",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_namespace, _all, _selector, _container, _stream, _previous, _allRestarts, _since, _sinceTime, _until, _untilTime, _tail, _follow,
            _grep, _ignoreCase, _invert, _both, _after, _before, _context, _where, _timestamps, _prefix, _color, _form, _multiline])
        {
            command.Options.Add(option);
        }

        foreach (var (option, _) in OfPrinting)
            option.Hidden = isForFiles;
    }

    /// <summary>Options that make no sense for files, and why.</summary>
    private IEnumerable<(Option Option, string Why)> OfPrinting =>
    [
        (_tail, "an export holds every line that fits; --since and --until bound it"),
        (_follow, "an export ends with what is stored now"),
        (_form, "--to sets the format of the files"),
        (_timestamps, "each record has its time"),
        (_prefix, "each record names its pod"),
        (_color, "files have no colours"),
        (_multiline, "each record stays as it is stored"),
    ];

    /// <summary>False with the first mistake.</summary>
    public bool TryRead(ParseResult parsed, string? what, DateTimeOffset now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LogsRequest? request, out string mistake)
    {
        request = null;
        try
        {
            request = Read(parsed, what, now);
            mistake = "";
            return true;
        }
        catch (FormatException e)
        {
            mistake = $"{e.Message}\nTry 'collector {(isForFiles ? "export" : "logs")} --help'.";
            return false;
        }
    }

    /// <summary>The word after an -A without a number; its position among the arguments decides its meaning.</summary>
    public string? Swallowed(ParseResult parsed) => (parsed.GetValue(_both) ?? []).FirstOrDefault(value => !Number().IsMatch(value));

    private LogsRequest Read(ParseResult parsed, string? what, DateTimeOffset now)
    {
        foreach (var (option, why) in OfPrinting)
            Refuse(isForFiles && parsed.GetResult(option) is { Implicit: false }, $"{option.Name} belongs to collector logs: {why}");
        var (isAll, after, name) = BothOf(parsed);
        Refuse(!isForFiles && name is not null && what is not null, $"{name}: one pod, or KIND/NAME, is enough");
        what ??= isForFiles ? null : name;
        var (pod, kind, owner) = NameOf(what);
        var (container, config) = ContainerOf(parsed.GetValue(_container) ?? []);
        var selector = LabelSelector.Any;
        if (parsed.GetValue(_selector) is { } labels && !LabelSelector.TryParse(labels, out selector, out var wrong))
            throw new FormatException($"-l: {wrong}");

        isAll |= parsed.GetValue(_all);
        var space = parsed.GetValue(_namespace);
        Refuse(isAll && space is not null, "-n and -A exclude each other");
        Refuse(what is null && space is null && !isAll && !selector.IsGiven, $"say which lines: a pod, KIND/NAME, -l SELECTOR, -n NAMESPACE or -A{(isForFiles ? ". The only word is DIR, the directory for the files" : "")}");
        Refuse(parsed.GetValue(_previous) && parsed.GetValue(_allRestarts), "--previous and --all-restarts exclude each other");
        Refuse(parsed.GetValue(_stream) is not (null or "stdout" or "stderr"), "--stream: write stdout or stderr");

        var question = new Question
        {
            Namespace = space,
            Pod = pod,
            OwnerKind = kind,
            OwnerName = owner,
            Container = container,
            Stream = parsed.GetValue(_stream),
            Labels = selector!,
            Lives = parsed.GetValue(_previous) ? Lives.Previous : parsed.GetValue(_allRestarts) ? Lives.All : Lives.Last,
            Since = TimeOf(parsed.GetValue(_since), parsed.GetValue(_sinceTime), "--since", now),
            Until = TimeOf(parsed.GetValue(_until), parsed.GetValue(_untilTime), "--until", now),
        };
        Refuse(question.Since > question.Until, "--since is later than --until: nothing lies between");
        Refuse(parsed.GetValue(_follow) && question.Until is not null, "-f and --until exclude each other: -f has no end");
        var search = SearchOf(parsed, after);
        var style = StyleOf(parsed, search);
        return new LogsRequest(question, search with { KeepsRecords = style.Form == LineForm.Jsonl }, style)
        {
            Tail = parsed.GetValue(_tail),
            Follows = parsed.GetValue(_follow),
            JoinsTraces = parsed.GetValue(_multiline),
            IsOnePod = pod is not null && !pod.EndsWith('*') && space is null && !isAll,
            Config = config,
            HasPrefix = parsed.GetValue(_prefix) ? true : style.IsForTerminal && style.Form == LineForm.Text ? null : false,
        };
    }

    /// <summary>Whether a word says which lines, whatever else it may be: KIND/NAME, or the beginning of pods' names with a <c>*</c>.</summary>
    public static bool IsSelection(string word) => word.EndsWith('*') || (word.Split('/') is [var kind, { Length: > 0 }] && (IsPod(kind) || Kinds.ContainsKey(kind)));

    private static bool IsPod(string kind) => kind is "pod" or "pods" or "po";

    private static (string? Pod, string? Kind, string? Owner) NameOf(string? what)
    {
        if (what is null)
            return (null, null, null);
        Refuse(what.TrimEnd('*').Contains('*', StringComparison.Ordinal) || what.EndsWith("**", StringComparison.Ordinal), $"{what}: * is allowed at the end only");
        var parts = what.Split('/');
        if (parts is [{ Length: > 0 } pod])
            return (pod, null, null);
        Refuse(parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0, $"{what}: write a pod's name, or KIND/NAME");
        if (IsPod(parts[0]))
            return (parts[1], null, null);
        Refuse(!Kinds.TryGetValue(parts[0], out var kind), $"{parts[0]} is not a kind that owns pods; write deploy, sts, ds, job, cronjob or pod");
        Refuse(parts[1].EndsWith('*'), $"{what}: only a pod's name may end in *");
        return (null, kind, parts[1]);
    }

    /// <summary>A container's name is a DNS label, which has neither a dot nor a slash; a file's has one of them.</summary>
    private static (string? Container, string? Config) ContainerOf(string[] given)
    {
        var files = given.Where(one => one.Contains('.', StringComparison.Ordinal) || one.Contains('/', StringComparison.Ordinal)).ToList();
        var containers = given.Except(files, StringComparer.Ordinal).ToList();
        Refuse(files.Count > 1 || containers.Count > 1, "-c: give one container, and at most one configuration file");
        return (containers.FirstOrDefault(), files.FirstOrDefault());
    }

    private static DateTimeOffset? TimeOf(string? ago, string? at, string name, DateTimeOffset now)
    {
        Refuse(ago is not null && at is not null, $"{name} and {name}-time exclude each other");
        if (ago is not null)
            return (name == "--since" ? Times.Since(ago, now) : Times.Ago(ago, now)) ?? throw new FormatException($"{name}: '{ago}' is not a duration; write 30m, 2h or 7d");
        return at is null ? null : Times.At(at) ?? throw new FormatException($"{name}-time: '{at}' is not a time; write 2026-11-20T10:00:00Z");
    }

    /// <summary>
    /// -A is kubectl's (every namespace) and grep's (lines after a match): a number after it makes it grep's. Any other word after
    /// it, which the parser has consumed, is the pod.
    /// </summary>
    private (bool IsAll, int After, string? Name) BothOf(ParseResult parsed)
    {
        if (parsed.GetResult(_both) is not { } given)
            return (false, 0, null);
        var values = parsed.GetValue(_both) ?? [];
        var numbers = values.Where(value => Number().IsMatch(value)).ToList();
        var names = values.Except(numbers, StringComparer.Ordinal).ToList();
        Refuse(numbers.Count > 1 || names.Count > 1, "-A: write it once without a number (all namespaces), once with one (lines after each match)");
        var after = 0;
        if (numbers.Count > 0)
            Refuse(!NumberOption.TryParse(numbers[0], MostContext, out after), NumberOption.Mistake("-A", numbers[0], MostContext));
        return (given.IdentifierTokenCount > numbers.Count, after, names.FirstOrDefault());
    }

    private LineSearch SearchOf(ParseResult parsed, int behind)
    {
        TextPattern? pattern = null;
        if (parsed.GetValue(_grep) is { } text)
            pattern = TextPattern.Parse(text, parsed.GetValue(_ignoreCase), out var wrong) ?? throw new FormatException($"--grep: {wrong}");
        else
            Refuse(parsed.GetValue(_ignoreCase) || parsed.GetValue(_invert), "-i and -v need --grep RE");

        FieldCondition? where = null;
        if (parsed.GetValue(_where) is { } condition)
            where = FieldCondition.Parse(condition, out var wrong) ?? throw new FormatException($"--where: {wrong}");

        var around = parsed.GetValue(_context) ?? 0;
        var (before, after) = (Math.Max(around, parsed.GetValue(_before) ?? 0), Math.Max(around, Math.Max(behind, parsed.GetValue(_after) ?? 0)));
        Refuse(before + after > 0 && parsed.GetValue(_multiline), "--multiline has no lines of context yet");
        Refuse(before + after > 0 && pattern is null && where is null, "lines of context need --grep or --where");
        return new LineSearch { Pattern = pattern, IsInverted = parsed.GetValue(_invert), Where = where, Before = before, After = after };
    }

    private LineStyle StyleOf(ParseResult parsed, LineSearch search)
    {
        var form = parsed.GetRequiredValue(_form) switch
        {
            "text" => LineForm.Text,
            "raw" => LineForm.Raw,
            "jsonl" => LineForm.Jsonl,
            var other => throw new FormatException($"-o: '{other}' is not a format; write text, raw or jsonl"),
        };
        Refuse(form != LineForm.Text && (parsed.GetValue(_timestamps) || parsed.GetValue(_prefix)), "--timestamps and --prefix need -o text; jsonl has both in each record");
        Refuse(form == LineForm.Jsonl && parsed.GetValue(_multiline), "--multiline and -o jsonl exclude each other: each record stays what it is");
        var isTerminal = !Console.IsOutputRedirected;
        var isColored = parsed.GetRequiredValue(_color) switch
        {
            "always" => true,
            "never" => false,
            "auto" => isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb",
            var other => throw new FormatException($"--color: '{other}' is not a choice; write auto, always or never"),
        };
        return new LineStyle(form)
        {
            HasTimestamps = parsed.GetValue(_timestamps),
            HasColor = isColored && form == LineForm.Text,
            IsForTerminal = isTerminal,
            Highlight = search.IsInverted ? null : search.Pattern,
        };
    }

    private static void Refuse([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(true)] bool isWrong, string why)
    {
        if (isWrong)
            throw new FormatException(why);
    }

    [GeneratedRegex("^[+-]?[0-9]+$")]
    private static partial Regex Number();
}
