using System.Text.RegularExpressions;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading.Tests.Mixed;

/// <summary>A question about a <see cref="MixedPrefix"/>, and its answer by brute force, from what was written.</summary>
internal sealed class MixedOracle
{
    private readonly MixedPrefix _prefix;
    private readonly string? _app;
    private readonly Func<string, bool>? _matches;

    public MixedOracle(MixedPrefix prefix, Random random)
    {
        _prefix = prefix;
        _app = random.Next(4) == 0 ? "a" : null;
        Assert(LabelSelector.TryParse("app=a", out var labels, out _));
        DateTimeOffset? Moment() => random.Next(4) == 0 ? prefix.Start + ((prefix.End - prefix.Start) * random.NextDouble()) : null;
        Question = new Question
        {
            Namespace = random.Next(2) == 0 ? "shop" : null,
            Pod = random.Next(4) switch { 0 => "cart-*", 1 => "stateful-0", _ => null },
            Labels = _app is null ? LabelSelector.Any : labels!,
            Stream = random.Next(5) == 0 ? "stdout" : null,
            Lives = random.Next(4) switch { 0 => Lives.Previous, 1 => Lives.All, _ => Lives.Last },
            Since = Moment(),
            Until = Moment(),
        };

        // Which objects are read is decided by times, so of lines without a time only some are found.
        if (Question.Since > Question.Until || prefix.HasUntimed)
            Question = Question with { Since = null };

        // The last run is the last of the dates that are read.
        if (prefix.Template.Contains('%', StringComparison.Ordinal) && Question.Lives != Lives.All)
            Question = Question with { Until = null };
        (Search, _matches) = random.Next(8) switch
        {
            3 => (new LineSearch { Where = FieldCondition.Parse("level=error", out _) }, text => text.Contains("error", StringComparison.Ordinal)),
            0 => (Grep("hit"), text => text.Contains("hit", StringComparison.Ordinal)),
            1 => (Grep("h.t [0-9]*[05]$"), text => Regex.IsMatch(text, "h.t [0-9]*[05]$")),
            2 => (Grep("miss") with { IsInverted = true }, text => !text.Contains("miss", StringComparison.Ordinal)),
            _ => (LineSearch.Everything, (Func<string, bool>?)null),
        };
        if (_matches is not null && random.Next(3) == 0)
            Search = Search with { Before = random.Next(3), After = random.Next(3) };
    }

    public Question Question { get; }

    public LineSearch Search { get; }

    /// <summary>All lines, and whether each is only context, merged by the greatest time so far of the line's own container.</summary>
    public IReadOnlyList<(string Text, bool IsContext)> Answer()
    {
        var wanted = WantedRuns();
        List<(long Merge, string Text, bool IsContext)> shown = [];
        foreach (var sequence in _prefix.Sequences)
        {
            List<(long Merge, WrittenLine Line)> all = [];
            foreach (var item in sequence)
            {
                var before = long.MinValue;
                foreach (var line in item.Lines.Where(Fits))
                {
                    var own = line.Time?.Ticks ?? Math.Max(before, item.Opened.Ticks);
                    before = all.Where(one => Writer(one.Line) == Writer(line)).Select(one => one.Merge).Append(own).Max();
                    all.Add((before, line));
                }
            }

            foreach (var writer in all.Where(one => wanted(one.Line)).GroupBy(one => Writer(one.Line)))
                shown.AddRange(WithContext([.. writer]));
            var places = all.Select((one, place) => (one.Line.Text, place)).ToDictionary(one => one.Text, one => one.place);
            shown = [.. shown.OrderBy(one => places.GetValueOrDefault(one.Text, -1))];
        }

        return [.. shown.OrderBy(one => one.Merge).Select(one => (one.Text, one.IsContext))];
    }

    private IEnumerable<(long Merge, string Text, bool IsContext)> WithContext(List<(long Merge, WrittenLine Line)> lines)
    {
        var matches = lines.Select((one, i) => (one.Line, i)).Where(one => _matches?.Invoke(one.Line.Text) != false).Select(one => one.i).ToHashSet();
        return lines.Select((one, i) => (one.Merge, one.Line.Text, IsContext: !matches.Contains(i), i))
            .Where(one => !one.IsContext || matches.Any(match => (match > one.i && match - one.i <= Search.Before) || (match < one.i && one.i - match <= Search.After)))
            .Select(one => (one.Merge, one.Text, one.IsContext));
    }

    /// <summary>Runs are told apart where only one is wanted.</summary>
    private string Writer(WrittenLine line) => !line.IsRecord ? "" : Question.Lives == Lives.All ? line.Pod : $"{line.Pod} {line.Uid} {line.Restart}";

    private bool Fits(WrittenLine line) =>
        FitsSource(line)
        && (line.Time is not { } time || ((Question.Since is not { } since || time >= since) && (Question.Until is not { } until || time <= until)))
        && (Question.Stream is null || line.Stream == Question.Stream && line.IsRecord);

    private bool FitsSource(WrittenLine line) => line.IsRecord
        ? (Question.Pod is null || (Question.Pod == "cart-*" ? line.Pod.StartsWith("cart-", StringComparison.Ordinal) : line.Pod == Question.Pod)) && (_app is null || line.App == _app)
        : Question.Pod is null && _app is null && (Question.Namespace is null || _prefix.Template.Contains("namespace", StringComparison.Ordinal));

    private Func<WrittenLine, bool> WantedRuns()
    {
        if (Question.Lives == Lives.All)
            return _ => true;
        var runs = _prefix.Sequences.SelectMany(objects => objects).SelectMany(item => item.Lines).Where(line => line.IsRecord && FitsSource(line))
            .GroupBy(line => line.Pod)
            .SelectMany(pod => pod.GroupBy(line => (line.Uid, line.Restart))
                .OrderByDescending(run => run.Key.Restart).ThenByDescending(run => run.Max(line => line.Time))
                .Skip(Question.Lives == Lives.Last ? 0 : 1).Take(1).Select(run => run.Key))
            .ToHashSet();
        return line => line.IsRecord ? runs.Contains((line.Uid, line.Restart)) : Question.Lives == Lives.Last;
    }

    private static LineSearch Grep(string pattern) => new() { Pattern = TextPattern.Parse(pattern, ignoreCase: false, out _) };

    private static void Assert(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("the oracle is wrong");
    }
}
