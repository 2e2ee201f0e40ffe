using Collector.Testing.Mix;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;

namespace Collector.Torture.Pods;

/// <summary>
/// Changes pods while the collector is killed and started: excludes them and takes them back, brings them into a <c>match</c>
/// and out of it, and gives them another label in the key each time. What is certain of each line it learns from outside: from the stores, the
/// pods that the collector keeps on disk, its metrics; and between two certain states lines may be taken either way.
/// </summary>
internal sealed class PodChanges : IDisposable
{
    private const int Pods = 6, LongestPauseMs = 1_000;

    // How often all writers stand still before a change, so that everything is read and little of it stored yet.
    private const double StandstillChance = 0.5;
    private const int QuietScrapes = 8;
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StandTimeout = TimeSpan.FromSeconds(2), QuietTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseTimeout = TimeSpan.FromSeconds(4), ForceTimeout = TimeSpan.FromSeconds(6);

    private readonly Workspace _workspace;
    private readonly Agent _agent;
    private readonly NodeSimulator _node;
    private readonly Standstill _standstill;
    private readonly SeededRandom _random;
    private readonly ChangingPod[] _pods;
    private readonly StoredProof _proof;
    private readonly MetricsClient _metrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly Dictionary<(LedgerWriter Writer, RuntimeStream Stream), uint> _atStart = [];
    private Exception? _failure;

    public PodChanges(Workspace workspace, Agent agent, NodeSimulator node, Standstill standstill, SeededRandom random)
    {
        (_workspace, _agent, _node, _standstill, _random) = (workspace, agent, node, standstill, random);
        _pods = [.. Enumerable.Range(0, Pods).Select(i => new ChangingPod(node, i, 1 + (i % 2), new PodWish(0, IsKept: i % 2 == 0, IsExcluded: i == Pods - 1, "collector/exclude")))];
        _proof = new StoredProof(workspace, Outputs.OfPods, [.. _pods.SelectMany(p => p.Containers).Select(c => c.Writer)]);
        _metrics = new MetricsClient(workspace.Address);
        _thread = new Thread(Guard) { Name = "pod changes", IsBackground = true };
    }

    public int Changes { get; private set; }

    /// <summary>Returns of pods that had been left out for certain, with no kill in between.</summary>
    public int Certain { get; private set; }

    /// <summary>Changes with everything read and little of it stored.</summary>
    public int Standstills { get; private set; }

    /// <summary>The collector should live on for a while, if it can.</summary>
    public bool WantsLife { get; private set; }

    /// <summary>The collector knows all of them, over restarts.</summary>
    public bool AreKnown => _pods.All(p => IsOnDisk(p));

    public void Start() => _thread.Start();

    /// <summary>A life of the collector begins.</summary>
    public void LifeBegins()
    {
        lock (_atStart)
        {
            foreach (var stream in _pods.SelectMany(p => p.Streams)) _atStart[stream] = stream.Writer[stream.Stream].Records;
        }
    }

    public void Stop()
    {
        _stop.Cancel();
        _thread.Join();
        if (_failure is not null) throw new InvalidOperationException("Changing pods failed.", _failure);
    }

    /// <summary>After the node's last line.</summary>
    public void End() => Array.ForEach(_pods, p => p.End());

    public void Dispose()
    {
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join();
        _stop.Dispose();
        _metrics.Dispose();
    }

    private void Guard()
    {
        try
        {
            while (!Sleep(_random.Below(LongestPauseMs))) Change(Some());
        }
        catch (OperationCanceledException)
        {
            // The run is over in the middle of a change.
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private ChangingPod[] Some()
    {
        ChangingPod[] some = [.. _pods.Where(_ => _random.Chance(0.5))];
        return some.Length > 0 ? some : [_pods[_random.Below(_pods.Length)]];
    }

    /// <summary>Some pods at once; each in its own way.</summary>
    private void Change(IReadOnlyList<ChangingPod> pods)
    {
        WantsLife = true;
        List<PodChange> changes = [.. pods.Select(p => new PodChange(p, p.Wish.Next(_random)))];
        if (changes.Exists(c => c.IsReturn)) Await(() => changes.TrueForAll(c => !c.IsReturn || IsInForce(c.Pod)), ForceTimeout);
        int life = _agent.Life;
        Note("begins", pods);
        changes.ForEach(c => c.IsKnown = !c.IsReturn || IsInForce(c.Pod));
        if (!_random.Chance(StandstillChance) || !TryBeginAtStandstill(changes)) Begin(changes);
        Note("told", pods);
        Await(() => pods.All(IsOnDisk), Timeout.InfiniteTimeSpan);
        Note("on disk", pods);
        AwaitTaken(pods);
        Note("taken", pods);
        bool isSameLife = _agent.Life == life;
        Post(() => changes.ForEach(c => c.Pod.Settle(isDoubted: !c.IsKnown || !isSameLife)));
        WantsLife = false;
        Changes += changes.Count;
        Certain += changes.Count(c => c.IsReturn && c.IsKnown && isSameLife);
    }

    private void Note(string what, IReadOnlyList<ChangingPod> pods) => File.AppendAllText(
        Path.Combine(_workspace.Root, "changes.log"),
        $"{DateTime.UtcNow:O} life {_agent.Life}{(_agent.IsUp ? "" : ", down")}: {what}: {string.Join("; ", pods.Select(p => $"{p.Identity.Pod} {p.Wish.Color}{(p.Wish.IsExcluded ? " excluded" : p.Wish.IsKept ? " kept" : "")}"))}\n");

    /// <summary>All is read, and whatever an output has not sent yet waits in its buffer.</summary>
    private bool TryBeginAtStandstill(List<PodChange> changes)
    {
        if (!_standstill.TryBegin(Call, StandTimeout)) return false;
        try
        {
            int life = _agent.Life;
            if (!_agent.IsUp || !IsQuiet() || !_agent.IsUp || _agent.Life != life) return false;
            changes.ForEach(c => c.Pod.Begin(c.Next, (_, writer, stream) => writer[stream].Records));
            Standstills++;
            return true;
        }
        finally
        {
            _standstill.End();
        }

        void Call() => _node.Post(n =>
        {
            n.FinishPending();
            _standstill.Pass();
        });
    }

    private void Begin(List<PodChange> changes)
    {
        if (_random.Chance(0.5))
        {
            Post(() => changes.ForEach(c => c.Pod.Pause()));
            Await(() => changes.TrueForAll(c => c.Pod.Streams.All(s => ReadTo(c.Pod, Outputs.Default, s.Writer, s.Stream) == s.Writer[s.Stream].Records)), PauseTimeout);
        }

        _proof.Look();
        var readTo = (
            from o in Outputs.OfPods
            from c in changes
            from s in c.Pod.Streams
            select (Key: (o, s.Writer, s.Stream), End: ReadTo(c.Pod, o, s.Writer, s.Stream))).ToDictionary(r => r.Key, r => r.End);
        Post(() => changes.ForEach(c => c.Pod.Begin(c.Next, (o, w, s) => readTo[(o, w, s)])));
    }

    private uint ReadTo(ChangingPod pod, string output, LedgerWriter writer, RuntimeStream stream) =>
        pod.FirstMissing(output, writer, stream, record => _proof.Has(output, writer, stream, record));

    /// <summary>Waits until the collector has surely taken up what the API told it, and put on its disk.</summary>
    private void AwaitTaken(IReadOnlyList<ChangingPod> pods)
    {
        int life = _agent.Life;
        Await(() => pods.All(p => !p.Wish.IsExcluded) || (_agent.Life != life && _agent.IsUp) || HasExcluded(), Timeout.InfiniteTimeSpan);

        // A line that was written after that, and says the new label: its container has the new route.
        var since = pods.SelectMany(p => p.Streams).ToDictionary(s => s, s => s.Writer[s.Stream].Records);
        Await(() => pods.All(p => p.Wish.IsExcluded || HasAny(p, s => since[s], p.Wish.Color)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether of each of its containers a record is stored, of those from which on it is asked.</summary>
    private bool HasAny(ChangingPod pod, Func<(LedgerWriter Writer, RuntimeStream Stream), uint> from, string? color) =>
        pod.Containers.All(c => pod.Streams.Any(s => s.Writer == c.Writer && _proof.HasAny(s.Writer, s.Stream, from(s), color)));

    /// <summary>Whether the life that runs now has surely met the pod as it wishes to be taken.</summary>
    private bool IsInForce(ChangingPod pod)
    {
        if (!_agent.IsUp) return false;
        if (pod.Wish.IsExcluded) return HasExcluded();
        lock (_atStart) return HasAny(pod, s => _atStart.GetValueOrDefault(s, uint.MaxValue), color: null);
    }

    private bool HasExcluded() => _metrics.TryScrape()?.Sum("collector_files_excluded") == _pods.Where(p => p.Wish.IsExcluded).Sum(p => p.Containers.Count);

    private bool IsOnDisk(ChangingPod pod)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_workspace.DataDir, "pods", pod.Identity.Uid + ".json")).Contains($"\"{pod.Wish.Color}\"", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool IsQuiet()
    {
        double lastRead = -1;
        int quiet = 0;
        return Retry.Within(LooksQuiet, QuietTimeout) && !_stop.IsCancellationRequested;

        bool LooksQuiet()
        {
            if (Sleep((int)ScrapeInterval.TotalMilliseconds)) return true;
            MetricsScrape? scrape = _metrics.TryScrape();
            double read = scrape?.Sum("collector_records_read_total") ?? -1;
            quiet = scrape is not null && read == lastRead && scrape.Sum("collector_tail_lag_bytes") == 0 ? quiet + 1 : 0;
            lastRead = read;
            return quiet >= QuietScrapes;
        }
    }

    /// <summary>Waits, looking at the stores in between. Throws when the run is over.</summary>
    private void Await(Func<bool> condition, TimeSpan timeout)
    {
        long start = Environment.TickCount64;
        while (!condition() && (timeout < TimeSpan.Zero || Environment.TickCount64 - start < timeout.TotalMilliseconds))
        {
            if (Sleep((int)ScrapeInterval.TotalMilliseconds)) throw new OperationCanceledException();
            _proof.Look();
        }
    }

    /// <summary>Has something done on the node's thread.</summary>
    private void Post(Action action)
    {
        using var done = new ManualResetEventSlim();
        bool isGivenUp = false;
        Lock gate = new();
        _node.Post(_ =>
        {
            lock (gate)
            {
                if (isGivenUp) return;
                action();
                done.Set();
            }
        });
        try
        {
            done.Wait(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            lock (gate) isGivenUp = true;
            if (!done.IsSet) throw;
        }
    }

    private bool Sleep(int milliseconds) => _stop.Token.WaitHandle.WaitOne(milliseconds);
}

/// <summary>One pod's change.</summary>
internal sealed class PodChange(ChangingPod pod, PodWish next)
{
    public ChangingPod Pod => pod;

    public PodWish Next => next;

    /// <summary>An output that has not wanted the pod wants it from now on.</summary>
    public bool IsReturn { get; } = Outputs.OfPods.Any(o => pod.Wish.ClaimOf(o) != Claim.Wanted && next.ClaimOf(o) == Claim.Wanted);

    /// <summary>The collector surely knew what the pod wished before.</summary>
    public bool IsKnown { get; set; }
}
