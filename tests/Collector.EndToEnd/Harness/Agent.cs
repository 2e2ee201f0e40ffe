using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>A line of the collector's own log.</summary>
internal sealed record LogLine(string Level, string Message, string Raw);

/// <summary>One life of a collector on a <see cref="Stage"/>.</summary>
internal sealed partial class Agent(CollectorProcess process, string logPath) : IDisposable
{
    /// <summary>How long anything may take that ought to be a matter of a moment, on a machine that is busy with other tests.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int ShownLog = 4000;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private string? address;

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Where it listens, as it said in its log. Waits for it.</summary>
    public string Address => address ??= AwaitAddress();

    /// <summary>What was printed to standard output so far.</summary>
    public string Output => File.Exists(logPath + ".out") ? File.ReadAllText(logPath + ".out") : "";

    /// <summary>What was printed to standard error so far.</summary>
    public string Errors => File.Exists(logPath + ".err") ? File.ReadAllText(logPath + ".err") : "";

    /// <summary>Its log, of format json. A line that is being written is left out; a line that is none fails the test.</summary>
    public IReadOnlyList<LogLine> Log => [.. Errors.Split('\n')[..^1].Select(Parse)];

    public bool HasSaid(string part) => Log.Any(l => l.Message.Contains(part, StringComparison.Ordinal));

    public void AwaitReady()
    {
        Retry.Until("the collector is ready", () => process.HasExited || process.IsReady(Address), Patience);
        Assert.False(process.HasExited, $"It ended by itself: {Errors}");
    }

    public void AwaitSaid(string part) => Retry.Until($"the collector says '{part}'", () => HasSaid(part), Patience);

    /// <summary>A scrape, whose books must balance.</summary>
    public MetricsScrape Scrape()
    {
        MetricsScrape? scrape = process.TryScrape(Address);
        Assert.NotNull(scrape);
        Assert.True(Books.Imbalances(scrape) is [], string.Join("\n", Books.Imbalances(scrape)));
        return scrape;
    }

    /// <summary>The status and the body of a page.</summary>
    public (int Status, string Body) Get(string path)
    {
        using HttpResponseMessage response = Http.GetAsync(new Uri($"http://{Address}{path}")).GetAwaiter().GetResult();
        return ((int)response.StatusCode, response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
    }

    /// <summary>Waits until a metric has a value.</summary>
    public void AwaitMetric(string name, Predicate<double> isRight, params (string Name, string Value)[] labels) => AwaitMetric(name, isRight, Patience, labels);

    public void AwaitMetric(string name, Predicate<double> isRight, TimeSpan timeout, params (string Name, string Value)[] labels)
    {
        double last = double.NaN;
        Assert.True(Retry.Within(() => isRight(last = Scrape().Sum(name, labels)), timeout), $"{name} stays at {last}: {End(Errors)}");
    }

    /// <summary>Waits until so many records were uploaded in this life.</summary>
    public void AwaitUploaded(long records) => AwaitMetric("collector_records_uploaded_total", v => v >= records);

    /// <summary>Asks it to stop. Does not wait.</summary>
    public void Terminate() => process.Terminate();

    /// <summary>SIGTERM; it must end with exit code 0.</summary>
    public void Stop(TimeSpan? timeout = null)
    {
        process.Terminate();
        int code = WaitForExit(timeout);
        Assert.True(code == 0, $"exit code {code}: {End(Errors)}");
    }

    public void Kill() => process.Kill();

    public int WaitForExit(TimeSpan? timeout = null) => process.WaitForExit(timeout ?? Patience);

    /// <summary>The largest resident memory so far, in MiB.</summary>
    public double PeakMemory()
    {
        string line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public void Dispose() => process.Dispose();

    // What matters is at the end, and a failure is read by a person.
    private static string End(string log) => log.Length > ShownLog ? "…" + log[^ShownLog..] : log;

    private string AwaitAddress()
    {
        Match port = Match.Empty;
        Retry.Until("the collector says its port", () => process.HasExited || (port = Port().Match(Errors)).Success, Patience);
        return port.Success ? $"127.0.0.1:{port.Groups["port"].Value}" : throw new InvalidOperationException($"It ended by itself: {Errors}");
    }

    private static LogLine Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        return new LogLine(json.RootElement.GetProperty("level").GetString()!, json.RootElement.GetProperty("message").GetString()!, line);
    }

    [GeneratedRegex("metrics on port (?<port>[0-9]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Port();
}
