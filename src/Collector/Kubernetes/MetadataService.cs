using Collector.Configuration;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;

namespace Collector.Kubernetes;

/// <summary>
/// The Kubernetes side of the agent: informers, caches, and descriptions of containers. Without an API (switched off, or not in a
/// cluster) it describes containers by their paths, and nothing waits. Runs from <see cref="RunAsync"/>; answers before that, too.
/// </summary>
internal sealed partial class MetadataService : IDisposable
{
    /// <summary>Below the data dir.</summary>
    public const string DirectoryName = "pods";

    /// <summary>
    /// Changes are collected for this long before they are written; the API still knows what a crash in between loses.
    /// </summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The nodes of a cluster that start together spread over this time, which is a small part of what a file waits.
    /// </summary>
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(3);
    private const int PartOfTimeout = 4;

    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ApiClient? _api;
    private readonly PodCache _pods;
    private readonly Dictionary<IResourceCache, ResourceInformer> _informers = [];
    private readonly ContainerDescriber _describer;
    private PodStore? _store;

    private MetadataService(CollectorConfiguration config, Func<ApiAccess>? access, OwnPod? ownPod, CollectorMetrics metrics, TimeProvider clock, ILogger logger)
    {
        var wanted = config.Kubernetes;
        _timeout = wanted.MetadataTimeout;
        _clock = clock;
        _logger = logger;
        _pods = new PodCache(clock);
        if (access is null)
        {
            _describer = new ContainerDescriber(config, ownPod, cluster: null);
            return;
        }

        _api = new ApiClient(access, metrics);
        _api.CameBack += TryNow;
        var within = _timeout / PartOfTimeout is var part && part < StartWithin ? part : StartWithin;
        var namespaces = wanted.NamespaceLabels ? new LabelCache() : null;
        var nodes = wanted.NodeLabels ? new LabelCache() : null;
        Add(ResourceQuery.PodsOf(config.Node), _pods);
        Add(ResourceQuery.Namespaces, namespaces);
        Add(ResourceQuery.Node(config.Node), nodes);
        _describer = new ContainerDescriber(config, ownPod, new ClusterCaches(_pods, namespaces, nodes, MayCatchUp));
        _pods.Changed += uids => Changed?.Invoke(uids);
        Array.ForEach([namespaces, nodes], cache => cache?.Changed += () => Changed?.Invoke(null));

        void Add(ResourceQuery query, IResourceCache? cache)
        {
            if (cache is not null)
            {
                _informers[cache] = new ResourceInformer(query, _api, cache, name => wanted.Annotations || PodWishes.IsMeant(name), within, clock, logger);
            }
        }
    }

    /// <summary>
    /// Raised, on any thread, when the result of <see cref="Describe"/> changes for these pods (by their paths' UIDs); null: for
    /// any.
    /// </summary>
    public event Action<IReadOnlySet<string>?>? Changed;

    /// <summary>
    /// Asks and reads nothing yet: a kubeconfig, token or authority that is unusable now may become usable later; until then the
    /// trouble is logged.
    /// </summary>
    public static MetadataService Create(CollectorConfiguration config, CollectorMetrics metrics, TimeProvider clock, ILogger logger)
    {
        var ownPod = OwnPod.Find(Environment.GetEnvironmentVariable, Environment.MachineName);
        var access = ApiAccess.Find(config.Kubernetes, Environment.GetEnvironmentVariable);
        if (access is null && config.Kubernetes.Enabled)
        {
            LogNoCluster(logger);
        }

        return new MetadataService(config, access, ownPod, metrics, clock, logger);
    }

    /// <summary>
    /// Describes a container with the current knowledge. If something is missing, the API must have more than it sent, because
    /// kubelet started the container from there. Thread safe.
    /// </summary>
    public ContainerFacts Describe(ContainerRef container)
    {
        var facts = _describer.Describe(container);
        if (facts.IsPending)
        {
            TryNow();
        }

        return facts;
    }

    /// <summary>The pods with logs on this node; other deleted pods may be forgotten. Thread safe.</summary>
    public void Keep(IReadOnlySet<string> podsInUse) => _pods.Keep(podsInUse);

    /// <summary>Loads the pods that an earlier run saved. Called once, when this process owns the data dir.</summary>
    public void Load(IStorageDirectory dataDir)
    {
        if (_api is not null)
        {
            try
            {
                _store = new PodStore(dataDir.OpenDirectory(DirectoryName), _logger);
                _pods.Load(_store.Load());
            }
            catch (StorageException e)
            {
                LogNoStore(e.Message);
            }
        }
    }

    /// <summary>
    /// Runs until <paramref name="stop"/>; sets <see cref="ReadyCondition.Metadata"/> when all metadata is there, or the wait for
    /// it is over.
    /// </summary>
    public async Task RunAsync(Readiness readiness, CancellationToken stop)
    {
        List<Task> tasks = [.. _informers.Values.Select(i => i.RunAsync(stop)), TellReadyAsync(readiness, stop)];
        while (!stop.IsCancellationRequested && _api is not null && !tasks.Exists(t => t.IsFaulted))
        {
            await Task.Delay(SaveInterval, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Save();
        }

        await Task.WhenAll(tasks);
    }

    public void Dispose() => _api?.Dispose();

    /// <summary>
    /// Whether missing metadata may still arrive: false once the API has refused it for as long as a file would wait.
    /// </summary>
    private bool MayCatchUp(IResourceCache cache) => _informers[cache].State.Refused < _timeout;

    private void TryNow()
    {
        foreach (var informer in _informers.Values)
        {
            informer.TryNow();
        }
    }

    private async Task TellReadyAsync(Readiness readiness, CancellationToken stop)
    {
        var since = _clock.GetTimestamp();
        while (!_informers.Values.All(i => i.State.HasSynced) && _clock.GetElapsedTime(since) < _timeout && !stop.IsCancellationRequested)
        {
            readiness.Unmet(ReadyCondition.Metadata, $"waiting for the Kubernetes API, at most {_timeout.TotalSeconds:0.#} s");
            await Task.Delay(ReadyPoll, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        readiness.Met(ReadyCondition.Metadata);
    }

    private void Save()
    {
        if (_pods.TakeUnsaved() is { Count: > 0 } unsaved && _store?.TrySave(unsaved) == false)
        {
            _pods.GiveBack(unsaved);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "not in a cluster (KUBERNETES_SERVICE_HOST is not set) and kubernetes.kubeconfig is empty: records have only the metadata of their file paths; set kubernetes.enabled to false if this is intended")]
    private static partial void LogNoCluster(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "pod metadata cannot be saved in the data dir: {Why}; after a restart, logs of pods that are deleted by then may lack their metadata")]
    private partial void LogNoStore(string why);
}
