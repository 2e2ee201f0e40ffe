using System.Text;
using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>From objects to lines, over a store that counts what it is asked: what the tests of it share.</summary>
public abstract class LogReading : IAsyncLifetime
{
    private protected static DateTimeOffset Start { get; } = Objects.Start;

    private protected static Question Cart { get; } = new() { Namespace = "shop", Pod = "cart-1" };

    private protected MemoryStore Store { get; } = new();

    private protected ManualClock Clock { get; } = new();

    private protected LogReader Logs { get; private set; } = null!;

    public ValueTask InitializeAsync()
    {
        Logs = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Logs.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected LogReader Open(IObjectReader? reader = null)
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        return new LogReader(reader ?? Store, layout, Clock);
    }

    private protected void Put(
        DateTimeOffset opened, string[] texts, DateTimeOffset? at = null, TimeSpan? step = null, DateTimeOffset? stored = null, string node = "node-1", int restart = 0, string uid = "u1") =>
        Store.Put(
            Objects.Key("shop", "cart-1", "app", opened, node),
            Objects.Body(texts.Select((text, i) => Objects.Record((at ?? opened) + ((step ?? TimeSpan.FromSeconds(1)) * i), text, restart: restart, uid: uid))),
            stored ?? opened.AddMinutes(5));

    private protected async Task<List<LogLine>> LinesAsync(Question question, LineSearch? search = null)
    {
        var plan = await Logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<LogLine> lines = [];
        await foreach (var line in Logs.ReadAsync(plan, question, search ?? LineSearch.Everything, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private protected async Task<List<string>> ReadAsync(Question question, LineSearch? search = null) =>
        [.. (await LinesAsync(question, search)).Select(line => Encoding.UTF8.GetString(line.Text))];

    private protected async Task<List<string>> TailAsync(Question question, int count, LineSearch? search = null)
    {
        var plan = await Logs.PlanAsync(question, lastOnly: true, CancellationToken.None);
        return [.. (await Logs.TailAsync(plan, question, search ?? LineSearch.Everything, count, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text))];
    }

    private protected static async Task<List<string>> ToListAsync(IAsyncEnumerable<LogLine> lines)
    {
        List<string> texts = [];
        await foreach (var line in lines)
            texts.Add(Encoding.UTF8.GetString(line.Text));
        return texts;
    }
}
