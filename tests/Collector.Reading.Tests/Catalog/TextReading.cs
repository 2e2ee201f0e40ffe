using System.Text;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>Questions about objects of text, over a store with a catalog: what the tests of it share.</summary>
public abstract class TextReading : IAsyncDisposable
{
    private protected const string Mixed = "persisted-logs/all/";
    private protected const string Default = """persisted-logs/namespace-{.kubernetes.namespace_name||"none"}.pod-{.kubernetes.pod_name||.hostname||"none"}.cont-{.kubernetes.container_name||.log_source||"none"}/""";

    private protected readonly ToldStore _told = new();
    private protected Findings _findings = new();

    public async ValueTask DisposeAsync()
    {
        await _told.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static DateTimeOffset At(int minutes) => Objects.Start.AddMinutes(minutes);

    private protected static LabelSelector Selector(string text)
    {
        Assert.True(LabelSelector.TryParse(text, out var selector, out _));
        return selector;
    }

    /// <summary>Two runs of a pod, the second on the other stream, and a pod of another Deployment.</summary>
    private protected void PutShop()
    {
        const string Labels = """{"app":"cart","pod-template-hash":"7d9f"}""";
        _told.Put(new Held("shop", "cart-7d9f-x", At(0), "c0") { Labels = Labels, Owner = "cart" });
        _told.Put(new Held("shop", "cart-7d9f-x", At(1), "c1") { Labels = Labels, Owner = "cart", Restart = 1, Files = ["1.log"], Streams = ["stderr"] });
        _told.Put(new Held("shop", "web-1", At(2), "w0") { Labels = """{"app":"web","tier":"front"}""", Owner = "web" });
    }

    private protected async Task<Plan> PlanAsync(Question question, string layout)
    {
        _told.Tell();
        await using var logs = _told.Open(layout);
        return await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
    }

    private protected async Task<string> ReadAsync(Question question, string? layout = null, char separator = ' ', char lines = ' ')
    {
        _told.Tell();
        _told.Store.Requests.Clear();
        await using var logs = _told.Open(layout ?? KeyLayout.Default);
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<LogLine> read = [];
        await foreach (var line in logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None))
            read.Add(line);
        _findings = logs.Findings;
        return Joined(read, separator, lines);
    }

    private protected async Task<string> TailAsync(Question question, int count, string? layout = null)
    {
        _told.Tell();
        await using var logs = _told.Open(layout ?? KeyLayout.Default);
        var plan = await logs.PlanAsync(question, lastOnly: true, CancellationToken.None);
        return Joined(await logs.TailAsync(plan, question, LineSearch.Everything, count, CancellationToken.None), ' ', ' ');
    }

    /// <summary>Between the lines of one object stands another character than between objects.</summary>
    private string Joined(IReadOnlyList<LogLine> lines, char objects, char within)
    {
        var text = new StringBuilder();
        Held? last = null;
        foreach (var line in lines.Select(line => Encoding.UTF8.GetString(line.Text)))
        {
            var held = _told.Objects.FirstOrDefault(one => one.Lines.Contains(line));
            text.Append(text.Length == 0 ? "" : (held == last ? within : objects).ToString()).Append(line);
            last = held;
        }

        return text.ToString();
    }
}
