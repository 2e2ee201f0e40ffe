using Collector.Pipeline.Storage;
using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;
using Collector.Testing.Storage;

namespace Collector.Simulation.World;

/// <summary>The collector's processes, one after the other, on one data dir: starts, time, stops, kills, power failures.</summary>
internal sealed class CollectorLives(NodeWorld world, Writers writers, TroubleLog log) : IDisposable
{
    /// <summary>More cycles with something to do than a step of virtual time can need: somebody goes round in circles.</summary>
    private const int MostCycles = 2_000;

    private const int Outputs = 2;
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    /// <summary>What met the disk's trouble is tried again within this time.</summary>
    private static readonly TimeSpan LongestPark = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Interruptions _interruptions = new();
    private SimulatedDisk _disk = new(world.Random.Next());
    private SimulatedAgent? _agent;
    private TimeSpan _syncedAt;
    private bool _hasStarted;
    private bool _isKilled;

    /// <summary>The death that is planned is one of the whole machine.</summary>
    private bool _losesPower;

    /// <summary>The disk of the data dir is full, or a change of it is to fail: the operation number of that change.</summary>
    private bool _isFull;
    private long _failsAt = -1;

    /// <summary>Time since when the disk has been without trouble.</summary>
    private TimeSpan _health = LongestPark;

    /// <summary>Time since all lines were ended.</summary>
    private TimeSpan _silence;

    /// <summary>Something has happened in the middle of a turn since then: it may have begun a line.</summary>
    private bool _hasBegun;

    /// <summary>A process has had the disk since it was mounted.</summary>
    private bool _isUsed;

    public IReadOnlyList<MemoryStore> Stores { get; } = [.. Enumerable.Range(0, Outputs).Select(_ => new MemoryStore())];

    public TroubleLog Log => log;

    /// <summary>What each life counted.</summary>
    public List<AgentFigures> Counted { get; } = [];

    /// <summary>How the next life is configured.</summary>
    public AgentSettings Next { get; set; } = new();

    public bool IsUp => _agent is not null;

    public void Start()
    {
        if (_agent is not null)
        {
            return;
        }

        if (world.Settings != Next)
        {
            world.Configured(Next, isFirst: !_hasStarted);
        }

        foreach (var store in Stores)
        {
            store.Kill = Die;
        }

        _isUsed = true;
        log.IsDying = false;
        Guarded(() =>
        {
            _agent = new SimulatedAgent(
                new AgentWorld(_disk, new SimulatedSources(world.Tree, world.Ledger.Reading, _interruptions.BeforeCall), world.Clock, Stores, world.FactsOf, Log, world.Random), world.Settings);
            world.Ledger.IsUp = true;
            world.Ledger.IsDying = () => _disk.IsDead;
            world.Pods.LifeBegins();
            FirstStart();

            // What comes while a first start looks where the files end may be passed over or not: nothing comes.
            _agent.Cycle();
            Tick(Moment);
        });
    }

    /// <summary>Lets virtual time pass; nobody leaves a line half written for long.</summary>
    public void Run(TimeSpan time, TimeSpan step)
    {
        _silence += time;
        EndLinesAfterSilence();
        for (var left = time; left > TimeSpan.Zero; left -= step)
        {
            world.Clock.Advance(step);
            if (_agent is null)
            {
                continue;
            }

            // A line that was begun in the middle of a turn is ended in this run already.
            _silence += _hasBegun ? step : TimeSpan.Zero;
            Turn(() => Step(step), step);
            EndLinesAfterSilence();
        }
    }

    /// <summary>One cycle, and nothing else.</summary>
    public void Cycle() => Turn(() => _agent?.Cycle(), Moment);

    /// <summary>One cycle, unless one is running, in the middle of what somebody does to files: nobody else does anything meanwhile.</summary>
    public void CycleBeside()
    {
        if (!_interruptions.IsHappening)
        {
            _interruptions.Hold(() => Guarded(() =>
            {
                _agent?.Cycle();
                Tick(Moment);
            }));
        }
    }

    /// <summary>Something happens in the middle of a turn, when the collector has made that many calls to the source tree from now on; at once when no collector runs.</summary>
    public void Interrupt(int calls, Action action)
    {
        if (_agent is null)
        {
            action();
        }
        else
        {
            _interruptions.Add(calls, action);
        }
    }

    public void Sync() => Guarded(() => _agent?.Sync());

    public void MetadataChanged(LogTarget target) => _agent?.MetadataChanged(target.PodUid);

    /// <summary>After SIGTERM.</summary>
    public void Stop()
    {
        _interruptions.Flush();
        Guarded(() =>
        {
            if (_agent?.Drain() == true)
            {
                Tick(Reading.EnoughToSync);
                world.KeepBehindEarlierLives(Reading.EnoughToSync);
            }
        });
        End(LossMode.ProcessCrash);
    }

    public void Kill() => End(LossMode.ProcessCrash);

    public void LosePower() => End(LossMode.PowerLoss);

    /// <summary>The process dies in the so-manieth change of its data dir from now.</summary>
    public void CrashAt(int operation, DiskFault how)
    {
        if (_agent is not null)
        {
            _disk.FailAt(_disk.Operations + operation, how);
        }
    }

    /// <summary>The power fails in the so-manieth change of the data dir from now, also when that is one of the next start.</summary>
    public void LosePowerAt(int operation, DiskFault how)
    {
        _losesPower = true;
        _disk.FailAt(_disk.Operations + operation, how);
    }

    /// <summary>The so-manieth change of the data dir from now fails.</summary>
    public void FailAt(int operation, DiskFault how)
    {
        _failsAt = _disk.Operations + operation;
        _disk.FailAt(_failsAt, how);
    }

    /// <summary>The disk fills up but for some blocks; null: it has room again.</summary>
    public void LeaveFree(int? blocks)
    {
        _isFull = blocks is not null;
        _disk.CapacityBytes = blocks is { } free ? _disk.UsedBytes + ((long)free * SimulatedDisk.BlockSize) : SimulatedDisk.Roomy;
    }

    public void Dispose() => _agent?.Dispose();

    private void Step(TimeSpan step)
    {
        var agent = _agent!;
        var cycles = 0;
        while (agent.Cycle())
        {
            if (++cycles > MostCycles)
            {
                throw new SimulationFailure(FailureKind.Hung, $"{MostCycles} cycles within {step}");
            }
        }

        agent.SealAndSend();
        if (world.Clock.Elapsed - _syncedAt >= SyncInterval)
        {
            agent.Sync();
            _syncedAt = world.Clock.Elapsed;
        }
    }

    /// <summary>Work of the collector in the middle of which something may happen.</summary>
    private void Turn(Action work, TimeSpan time) => Guarded(() =>
    {
        world.Ledger.Reading.TurnBegins();
        var isInterrupted = _interruptions.During(work);
        _hasBegun |= isInterrupted;
        world.Ledger.Reading.TurnEnds(isInterrupted);
        Tick(time, isInterrupted);
    });

    private void EndLinesAfterSilence()
    {
        if (_silence <= LongestSilence)
        {
            return;
        }

        (_silence, _hasBegun) = (TimeSpan.Zero, false);
        foreach (var target in world.Targets.Values)
        {
            writers.End(target);
        }
    }

    /// <summary>Nothing that this process still does changes its disk.</summary>
    private void Die()
    {
        _isKilled = true;
        _disk.FailAt(_disk.Operations + 1, DiskFault.CrashBefore);
    }

    private void Tick(TimeSpan time, bool isInterrupted = false)
    {
        if (_agent is null)
        {
            return;
        }

        if (_isFull || (_failsAt >= 0 && _disk.Operations >= _failsAt))
        {
            _health = TimeSpan.Zero;
            _failsAt = -1;
        }

        _health += time;
        // Before what happened in the middle there was less than the whole time, and behind it, too.
        if (_health >= LongestPark && !isInterrupted)
        {
            world.Ledger.Tick(time);
        }
        else
        {
            world.Ledger.TickUnwell(time);
        }
    }

    /// <summary>
    /// Of a source that starts at the end nothing is wanted that is there at the very first start. Where that start could not be
    /// noted, the next one passes over as well what came since; whether a note that was being written got there, nobody knows.
    /// </summary>
    private void FirstStart()
    {
        if (world.Settings.FilesStartAtEnd)
        {
            var beginning = Enumerable.Range(0, Outputs).Where(i => !_hasStarted || _agent!.IsToBegin(i)).ToList();
            world.SkipPresentFiles(beginning, isCertain: !_hasStarted);
        }

        _hasStarted = true;
    }

    private void Guarded(Action step)
    {
        try
        {
            step();
            if (_isKilled)
            {
                throw new SimulatedCrashException("killed by the store");
            }

            Check();
        }
        catch (SimulatedCrashException)
        {
            End(_losesPower && !_isKilled ? LossMode.PowerLoss : LossMode.ProcessCrash);
        }
        catch (StorageException) when (_agent is null)
        {
            // The start failed, as one with exit code 3 does; the next one tries again.
            world.Ledger.IsUp = false;
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            throw new SimulationFailure(FailureKind.Crashed, $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
        }
    }

    private void Check()
    {
        if (_agent?.Imbalance is { } imbalance and not 0)
        {
            throw new SimulationFailure(FailureKind.Miscounted, $"the books are off by {imbalance}");
        }
    }

    private void End(LossMode mode)
    {
        if (mode == LossMode.PowerLoss)
        {
            world.Ledger.Reading.PowerLost();
        }

        if (_agent is not null)
        {
            Counted.Add(_agent.Figures());
            world.Ledger.IsUp = false;
            _agent.Dispose();
            _agent = null;
            world.Pods.LifeEnded();
            world.Ledger.LifeEnded(mode == LossMode.PowerLoss);
            if (mode == LossMode.PowerLoss || _health < LongestPark)
            {
                // What could not be noted counts again.
                world.Ledger.Losses.MayBeCountedAgain(Counted[^1].AllBytesLost, Counted[^1].AllFilesLost);
            }
        }

        var seed = world.Random.Next();
        if (_isUsed || mode == LossMode.PowerLoss)
        {
            _disk = _disk.Restart(seed, mode);
        }

        _isKilled = _isUsed = _losesPower = false;
        _failsAt = -1;
        _interruptions.Flush();
    }
}
