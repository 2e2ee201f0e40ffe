using System.Text.Json;
using Collector.Reading.Layout;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>A store of objects, and a catalog that tells of them.</summary>
internal sealed class ToldStore : IAsyncDisposable
{
    private readonly MemoryStore _store = new();
    private readonly List<Held> _held = [];
    private readonly Dictionary<string, KeyLayout> _layouts = new(StringComparer.Ordinal);

    public MemoryStore Store => _store;

    public IReadOnlyList<Held> Objects => _held;

    /// <summary>Logs and runs that have ended.</summary>
    public List<(string Log, int Restart)> Ended { get; } = [];

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public void Put(Held held, string layout = "")
    {
        var opened = held.Opened ?? held.First;
        var prefix = layout.Length > 0 && layout != KeyLayout.Default ? layout : $"persisted-logs/namespace-{held.Space}.pod-{held.Pod}.cont-app/";
        var key = $"{prefix}{opened.ToUnixTimeMilliseconds():D13}-node-1-{_held.Count:x12}0a1b2c3d{(held.IsRecord ? ".jsonl.gz" : ".log.gz")}";
        var lines = held.IsRecord
            ? held.Lines.Select(line => Reading.Tests.Objects.Record(held.First, line, held.Space, held.Pod, restart: held.Restart, uid: held.Uid, owner: held.Owner, stream: held.Streams[0], labels: held.Labels))
            : held.Lines;
        _store.Put(key, Reading.Tests.Objects.Body(lines), opened.AddMinutes(5));
        _held.Add(held with { Key = key });
    }

    public void Tell()
    {
        var told = _held.Where(held => held.IsTold).ToList();
        if (told.Count == 0)
            return;
        var made = Reading.Tests.Objects.Start.AddDays(20);
        var head = $$"""{"catalog":1,"node":"node-1","output":"out","instance":"0a1b2c3d","previous":null,"from":0,"to":{{told.Count + Ended.Count}},"made":"{{made:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}"}""";
        var lines = told.Select((held, number) => held.Entry(number))
            .Concat(Ended.Select((ended, number) => $$"""{"line":{{told.Count + number}},"ended":"{{ended.Log}}","restart_count":{{ended.Restart}}}"""));
        _store.Put($"persisted-logs/_catalog/{made:yyyy-MM-dd}/{made.ToUnixTimeMilliseconds()}-node-1-{1:x12}0a1b2c3d.jsonl.gz", Reading.Tests.Objects.Body([head, .. lines]));
    }

    public LogReader Open(string layout) => new(_store, LayoutOf(layout), new Testing.Time.ManualClock());

    public KeyLayout LayoutOf(string layout)
    {
        if (!_layouts.TryGetValue(layout, out var parsed))
        {
            Assert.True(KeyLayout.TryParse(layout, "", out parsed, out _, "persisted-logs/_catalog/"));
            _layouts[layout] = parsed;
        }

        return parsed;
    }
}

/// <summary>An object, and what the agent tells of it.</summary>
internal sealed record Held(string Space, string Pod, DateTimeOffset First, params string[] Lines)
{
    public string Key { get; init; } = "";

    public string Labels { get; init; } = "";

    public string Owner { get; init; } = "";

    public int Restart { get; init; }

    public string[] Files { get; init; } = ["0.log"];

    public string[] Streams { get; init; } = ["stdout"];

    /// <summary>As the catalog names it; empty: that of the pod's container <c>app</c>.</summary>
    public string Log { get; init; } = "";

    /// <summary>Logs of which it has lines, too.</summary>
    public string[] Others { get; init; } = [];

    public int Records { get; init; } = 1;

    public string Uid { get; init; } = "u1";

    public bool HasKubernetes { get; init; } = true;

    /// <summary>In place of "stored": the reason why it is perhaps not in the store.</summary>
    public string Dropped { get; init; } = "";

    public DateTimeOffset? Last { get; init; }

    public DateTimeOffset? Opened { get; init; }

    public bool IsTold { get; init; } = true;

    public bool IsRecord { get; init; }

    public string Entry(int number)
    {
        using var record = JsonDocument.Parse(Reading.Tests.Objects.Record(First, "", Space, Pod, restart: Restart, uid: Uid, owner: Owner, labels: Labels));
        string[] logs = [Log.Length > 0 ? Log : $"pod:{Space}_{Pod}_{Uid}/app", .. Others];
        var sources = logs.SelectMany(log => Files.Select(file => $$"""{"log":"{{log}}","generation":"0000000000000001","file":"{{file}}","intervals":[[0,9]]}"""));
        var times = $"\"firsttime\":\"{First:yyyy-MM-dd'T'HH:mm:ss'Z'}\",\"lasttime\":\"{Last ?? First:yyyy-MM-dd'T'HH:mm:ss'Z'}\"";
        var kubernetes = HasKubernetes ? $"\"kubernetes\":{record.RootElement.GetProperty("kubernetes").GetRawText()}," : "";
        return $$"""{"line":{{number}},{{(Dropped.Length > 0 ? $"\"dropped\":\"{Dropped}\"," : "")}}"key":"{{Key}}",{{kubernetes}}"streams":{{JsonSerializer.Serialize(Streams)}},{{times}},"records":{{Records}},"bytes":9,"stored_bytes":9,"sources":[{{string.Join(',', sources)}}]}""";
    }
}
