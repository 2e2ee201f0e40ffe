using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Tests.Upload;
using Collector.Testing.Processes;

namespace Collector.Pipeline.Tests.Running;

/// <summary>A whole pipeline over one log file, on real files and threads, with a scripted store for each output.</summary>
internal sealed class PipelineBench : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory _sandbox = new();
    private readonly Dictionary<string, ScriptedStore> _stores = new(StringComparer.Ordinal);

    public RecordingLogger Log { get; private set; } = new();

    public string DataDir => _sandbox.File("data");

    /// <summary>Given to each run.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>What an output wants.</summary>
    public Func<string, RecordIdentity, bool> Match { get; set; } = (_, _) => true;

    /// <summary>Of the last run.</summary>
    public BooksSnapshot? Books { get; private set; }

    public ScriptedStore Store(string output)
    {
        if (!_stores.TryGetValue(output, out var store))
        {
            _stores.Add(output, store = new ScriptedStore(TimeProvider.System));
        }

        return store;
    }

    /// <summary>The running one.</summary>
    public CollectorPipeline? Pipeline { get; private set; }

    public OutputFigures Figures(string output) => Books!.Outputs.Single(o => o.Book.Name == output).Figures;

    public void Write(params string[] lines) => File.AppendAllLines(_sandbox.File("app.log"), lines);

    public IReadOnlyList<string> Snapshot() => _sandbox.Snapshot();

    /// <summary>One run to its end with <c>--once</c>.</summary>
    public Task<PipelineEnd> RunOnceAsync(params string[] outputs) => RunAsync(isOnce: true, _ => { }, CancellationToken.None, CancellationToken.None, outputs);

    /// <summary>Runs until stopped; <paramref name="started"/> is called with what counts, on another thread.</summary>
    public async Task<PipelineEnd> RunAsync(bool isOnce, Action<Books> started, CancellationToken stop, CancellationToken hardStop, params string[] outputs)
    {
        Log = new RecordingLogger();
        using var metrics = new CollectorMetrics(TimeProvider.System, "1", "test");
        using var pipeline = CollectorPipeline.Open(Settings(isOnce, outputs), metrics, new Health(TimeProvider.System), TimeProvider.System, Log);
        Pipeline = pipeline;
        var starting = Task.Run(() => started(metrics.Books), CancellationToken.None);
        var end = await pipeline.RunAsync(stop, hardStop);
        await starting;
        Books = metrics.Books.Snapshot();
        return end;
    }

    public static void WaitUntil(string reason, Func<bool> condition) => Retry.Until(reason, condition, Patience);

    public void Dispose() => _sandbox.Dispose();

    private PipelineSettings Settings(bool isOnce, string[] outputs) => new()
    {
        DataDir = DataDir,
        Shutdown = new() { Grace = Grace },
        IsOnce = isOnce,
        Tail = new TailSettings
        {
            DataDir = DataDir,
            Identify = _ => new ContainerFacts { Identity = new RecordIdentity() },
            MetadataTimeout = TimeSpan.FromSeconds(10),
            Sources = [new FileSourceSettings { Name = "app", Path = _sandbox.File("app.log"), Identity = new RecordIdentity() }],
        },
        Outputs = [.. outputs.Select(name => new PipelineOutput(
            UploadBench.Settings() with { Name = name, Format = ObjectFormat.Text, Retry = new() { MinBackoff = TimeSpan.FromMilliseconds(10), MaxBackoff = TimeSpan.FromMilliseconds(50) }, Batch = new() { MaxSize = 1 << 20 } },
            Store(name),
            (source, identity) => Match(source, identity)))],
    };
}
