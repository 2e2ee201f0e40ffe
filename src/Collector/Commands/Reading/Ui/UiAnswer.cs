using System.Globalization;
using System.Text;
using System.Text.Json;
using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Commands.Reading.Ui;

/// <summary>One answer with data (DESIGN.md, "Requests"). Its last line says that it is complete, or why not.</summary>
internal sealed class UiAnswer : IAsyncDisposable
{
    /// <summary>The most matches that are marked in one line: marks are for display only.</summary>
    private const int MostMarks = 50;

    private readonly PatientReader _reader;
    private readonly KeyLayout _layout;
    private readonly UiTurns _turns;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _gone;
    private readonly BoundedLists _bounded;
    private readonly LogReader _logs;
    private readonly AnswerLines _answer;
    private readonly Dictionary<(string, string, string, string, int?), int> _sources = [];
    private readonly (long Requests, long Bytes) _before;
    private volatile bool _isWaiting = true;
    private volatile int _objects;
    private int _lines;
    private Source? _last;
    private int _lastId;

    public UiAnswer(HttpContext context, PatientReader reader, KeyLayout layout, UiTurns turns, TimeProvider clock)
    {
        (_reader, _layout, _turns, _clock, _gone) = (reader, layout, turns, clock, context.RequestAborted);
        _bounded = new BoundedLists(reader);
        _logs = new LogReader(_bounded, layout, clock);
        _before = (reader.Requests, reader.Bytes);
        _answer = new AnswerLines(context, WriteProgress);
    }

    public ValueTask DisposeAsync()
    {
        _answer.Dispose();
        return _logs.DisposeAsync();
    }

    /// <summary>Answers, and reports what the store refuses.</summary>
    public Task TellAsync(Func<Task> answer) => _answer.RunAsync(async () =>
    {
        try
        {
            await answer();
        }
        catch (StoreReadException e)
        {
            await FailAsync(e.MessageFor(_reader.Description));
        }
        catch (DllNotFoundException e)
        {
            await FailAsync(e.Message);
        }
    });

    public async Task ContainersAsync(UiQuestion question)
    {
        using var turn = await _turns.ReadSmallAsync(_gone);
        _isWaiting = false;
        _bounded.IsHeld = !_layout.NamesContainers;
        await foreach (var one in _logs.ListContainersAsync(question.Request.Question, _gone))
        {
            _lines++;
            await _answer.AddAsync(json =>
            {
                json.WriteString("namespace", one.Namespace);
                json.WriteString("pod", one.Pod);
                json.WriteString("container", one.Container);
                json.WriteString("workload", one.Workload);
                json.WriteNumber("first", one.FirstOpened.ToUnixTimeMilliseconds());
                json.WriteNumber("last", one.LastStored.ToUnixTimeMilliseconds());
                json.WriteNumber("objects", one.Objects);
                json.WriteNumber("bytes", one.Bytes);
            });
        }

        await EndAsync(question, hasMore: false);
    }

    /// <summary>The first and the last record of the question.</summary>
    public async Task ContainerAsync(UiQuestion question)
    {
        using var turn = await _turns.ReadSmallAsync(_gone);
        _isWaiting = false;
        var all = question.Request.Question with { Lives = Lives.All, Since = null, Until = null };
        var plan = await _logs.PlanAsync(all, lastOnly: false, _gone);
        await foreach (var line in _logs.ReadAsync(plan, all, LineSearch.Everything, _gone))
        {
            await AddAsync(line, null);
            break;
        }

        foreach (var line in await _logs.TailAsync(plan, all, LineSearch.Everything, 1, _gone))
            await AddAsync(line, null);
        await EndAsync(question, hasMore: false);
    }

    public async Task LinesAsync(UiQuestion question)
    {
        var request = question.Request;
        var pattern = request.Search.IsInverted ? null : request.Search.Pattern;
        Follower? follower = null;
        using (await _turns.ReadAsync(_gone))
        {
            _isWaiting = false;
            var isTail = request.Tail is not null && request.Question.Since is null;
            var plan = await _logs.PlanAsync(request.Question, isTail && !question.Follows, _gone);
            if (await new ReadingNotes(_reader, _layout, request.Question, request.IsOnePod, TextWriter.Null).ObjectionAsync(_logs, plan, question.Follows, _gone) is { } objection)
            {
                await FailAsync(objection);
                return;
            }

            _objects = request.Tail is null ? plan.Objects : 0;
            var hasMore = await ReadAsync(question, plan, pattern);
            if (_lines == 0 && !question.Follows)
                await NothingAsync(request, plan);
            await EndAsync(question, hasMore);
            if (question.Follows && !hasMore)
                follower = _logs.Follow(plan, request.Question);
        }

        while (follower is not null)
        {
            await _answer.SendAsync();
            await Task.Delay(follower.Pause, _clock, _gone);
            using var turn = await _turns.ReadAsync(_gone);
            _bounded.Reset();
            if (await follower.NextAsync(_gone) is not { } news)
                continue;
            await foreach (var line in _logs.ReadStoredAsync(news, follower.Question, request.Search, _gone))
                await AddAsync(line, pattern);
            await EndAsync(question, hasMore: false);
        }
    }

    /// <summary>True when there are more lines than requested.</summary>
    private async Task<bool> ReadAsync(UiQuestion question, Plan plan, TextPattern? pattern)
    {
        var request = question.Request;
        if (request.Tail is { } count)
        {
            foreach (var line in await _logs.TailAsync(plan, request.Question, request.Search, count, _gone))
                await AddAsync(line, pattern);
            return false;
        }

        await foreach (var line in _logs.ReadAsync(plan, request.Question, request.Search, _gone))
        {
            if (_lines == question.Limit)
                return true;
            await AddAsync(line, pattern);
        }

        return false;
    }

    private async ValueTask AddAsync(LogLine line, TextPattern? pattern)
    {
        _lines++;
        var isNew = false;
        var (source, id) = (line.Source, _lastId);
        if (!ReferenceEquals(source, _last))
        {
            // By value, and without labels: when lines of several containers alternate, each line is parsed again.
            var key = (source.Namespace, source.Pod, source.Container, source.PodId, source.Restarts);
            isNew = !_sources.TryGetValue(key, out id);
            if (isNew)
                _sources[key] = id = _sources.Count;
            (_last, _lastId) = (source, id);
        }

        if (isNew)
        {
            await _answer.AddAsync(json => WriteSource(json, source, id));
        }

        var text = Encoding.UTF8.GetString(line.Text);
        await _answer.AddAsync(json =>
        {
            json.WriteNumber("s", id);
            if (line.Time is { } time)
                json.WriteString("t", time.UnixNanoseconds.ToString(CultureInfo.InvariantCulture));
            if (line.Stream == "stderr")
                json.WriteNumber("e", 1);
            if (line.IsContext)
                json.WriteNumber("c", 1);
            if (line.IsAfterGap)
                json.WriteNumber("g", 1);
            json.WriteString("l", text);
            if (pattern is null || line.IsContext)
                return;
            json.WriteStartArray("m");
            foreach (var (start, length) in pattern.Find(text).Where(match => match.Length > 0).Take(MostMarks))
            {
                json.WriteNumberValue(start);
                json.WriteNumberValue(length);
            }

            json.WriteEndArray();
        });
    }

    private static void WriteSource(Utf8JsonWriter json, Source source, int id)
    {
        json.WriteNumber("id", id);
        json.WriteStartObject("source");
        json.WriteString("namespace", source.Namespace);
        json.WriteString("pod", source.Pod);
        json.WriteString("container", source.Container);
        if (source.PodId.Length > 0)
            json.WriteString("uid", source.PodId);
        if (source.Restarts is { } restarts)
            json.WriteNumber("restarts", restarts);
        if (source.OwnerName.Length > 0)
            json.WriteString("owner", $"{source.OwnerKind}/{source.OwnerName}");
        json.WriteStartObject("labels");
        foreach (var (label, value) in source.Labels)
            json.WriteString(label, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private async Task NothingAsync(LogsRequest request, Plan plan)
    {
        var why = await new ReadingNotes(_reader, _layout, request.Question, request.IsOnePod, TextWriter.Null).NothingAsync(_logs, plan, _gone);
        await _answer.AddAsync(json => json.WriteString("nothing", why));
    }

    private async Task EndAsync(UiQuestion question, bool hasMore)
    {
        await using var notes = new StringWriter();
        await new ReadingNotes(_reader, _layout, question.Request.Question, question.Request.IsOnePod, notes).TellAsync(_logs.Findings);
        await _answer.AddAsync(json =>
        {
            json.WriteStartObject("end");
            WriteProgress(json);
            json.WriteBoolean("more", hasMore);
            json.WriteStartArray("notes");
            foreach (var note in notes.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private ValueTask FailAsync(string why) => _answer.AddAsync(json => json.WriteString("error", why));

    /// <summary>Requests and bytes are the sums over all questions that are answered at the same time.</summary>
    private void WriteProgress(Utf8JsonWriter json)
    {
        json.WriteNumber("requests", _reader.Requests - _before.Requests);
        json.WriteNumber("bytes", _reader.Bytes - _before.Bytes);
        json.WriteNumber("read", _logs.Findings.ObjectsRead);
        json.WriteNumber("objects", _objects);
        json.WriteNumber("lines", Volatile.Read(ref _lines));
        if (_isWaiting)
            json.WriteBoolean("waiting", true);
    }
}
