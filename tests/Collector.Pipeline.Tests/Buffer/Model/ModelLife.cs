using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>One life of the process, from its recovery to its end. Everything it does is one thread's.</summary>
internal sealed class ModelLife : IDisposable
{
    private static readonly string[] Names = ["a", "b"];
    private readonly ModelWorld _world;
    private readonly SimulatedDisk _disk;
    private readonly Random _random;
    private readonly Books _books;
    private readonly List<ModelOutput> _outputs = [];
    private readonly long[] _dropped = new long[2];

    private ModelLife(ModelWorld world, SimulatedDisk disk, Random random)
    {
        _world = world;
        _disk = disk;
        _random = random;
        _books = new Books(world.Clock);
    }

    public bool IsDone => _world.AllWritten && _outputs.TrueForAll(output => output.IsDone);

    public IReadOnlyList<ModelOutput> Outputs => _outputs;

    /// <summary>Recovers all outputs. When the disk fails meanwhile, everything is closed again.</summary>
    public static ModelLife Start(ModelWorld world, SimulatedDisk disk, Random random)
    {
        var life = new ModelLife(world, disk, random);
        try
        {
            life.Recover(disk.Root);
            return life;
        }
        catch
        {
            life.Dispose();
            throw;
        }
    }

    /// <summary>A random action, as any of the loops might do it now.</summary>
    public void Step()
    {
        var output = _outputs[_random.Next(_outputs.Count)];
        Try(() => Act(output));
        _world.Clock.Advance(TimeSpan.FromMilliseconds(_random.Next(200)));
        CheckBooks();
    }

    /// <summary>Reads, seals and uploads all there is, as a healthy world lets it.</summary>
    public void Finish()
    {
        _disk.CapacityBytes = 1L << 40;
        foreach (var chain in _world.Chains)
        {
            chain.Grow(int.MaxValue);
        }

        foreach (var output in _outputs)
        {
            _world.Clock.Advance(TimeSpan.FromSeconds(1));
            Try(() => output.ReadTurn(int.MaxValue, _random));
            Try(output.Buffer.CloseDue);
            Try(output.Buffer.CloseAll);
            Try(() => Repeat(output.SealNext));
            Try(() => Repeat(() => output.Uploads.Advance(_random, healthy: true)));
            CheckBooks();
        }
    }

    /// <summary>After everything was delivered nothing is left in the books and in the account of space, as there is nothing on the disk.</summary>
    public void CheckEmpty()
    {
        foreach (var output in _outputs)
        {
            var figures = _books.Snapshot().Outputs.Single(o => o.Book == output.Buffer.Book).Figures;
            Require(figures.BufferRecords.Total == 0 && figures.BufferBytes.Total == 0, "I4: the books say that something is left");
            Require(output.Buffer.Space.Used == 0, $"{output.Buffer.Space.Used} bytes are still counted");
        }
    }

    public void Dispose()
    {
        _outputs.ForEach(output => output.Dispose());
        _outputs.Clear();
    }

    private static void Repeat(Func<bool> action)
    {
        for (var i = 0; i < 1000 && action(); i++)
        {
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (StorageException)
        {
            // The loop that called tells it and tries again.
        }
        finally
        {
            CountDropped();
        }
    }

    private void CountDropped()
    {
        for (var i = 0; i < _outputs.Count; i++)
        {
            var dropped = _books.Snapshot().Outputs[i].Figures.Dropped.Total;
            _world.Dropped[i] += dropped - _dropped[i];
            _dropped[i] = dropped;
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ModelException(what);
        }
    }

    private void Recover(IStorageDirectory root)
    {
        var numbering = new Numbering(0xabcd, _world.Clock);
        var recoveries = new List<(OutputRecovery Recovery, LoadedPositions Loaded, IStorageDirectory Directory)>();
        foreach (var name in Names)
        {
            var directory = root.OpenDirectory(name);
            var recovery = new OutputRecovery(directory, NullLogger.Instance);
            var loaded = recovery.Load();
            numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
            recoveries.Add((recovery, loaded, directory));
        }

        foreach (var (recovery, loaded, directory) in recoveries)
        {
            var recovered = recovery.Recover(loaded, numbering);
            _outputs.Add(new ModelOutput(_world, _outputs.Count, recovered, _books));
            _outputs[^1].CheckCoverage();
            if (_world.Options.WithReserve)
            {
                Reserve.Ensure(directory, ModelWorld.MaxSize);
            }
        }

        CheckRecoveredBooks();
    }

    private void Act(ModelOutput output)
    {
        switch (_random.Next(100))
        {
            case < 14:
                _world.Chains[_random.Next(_world.Chains.Count)].Grow(_random.Next(1, 8));
                break;
            case < 40:
                output.ReadTurn(_random.Next(1, 6), _random);
                break;
            case < 46:
                output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
                break;
            case < 58:
                output.SealNext();
                break;
            case < 82:
                output.Uploads.Advance(_random, healthy: false);
                break;
            default:
                ActSeldom(output);
                break;
        }
    }

    private void ActSeldom(ModelOutput output)
    {
        switch (_random.Next(_world.Options.Fills ? 10 : 9))
        {
            case 0:
                _world.Clock.Advance(TimeSpan.FromMinutes(6));
                output.Buffer.CloseDue();
                break;
            case 1:
                output.Buffer.CloseDue();
                output.Buffer.RetirePartitions();
                break;
            case 2:
                output.Buffer.CloseChain("chain-0");
                break;
            case 3:
                output.Buffer.CloseAll();
                break;
            case 4:
                ChangeMetadata(_world.Chains[_random.Next(_world.Chains.Count)]);
                break;
            case 5:
                output.Buffer.Positions.EndFirstStart(new CoverageMap());
                break;
            case 6:
                _world.Clock.StepWallClock(TimeSpan.FromHours(_random.Next(2) == 0 ? 1 : -1));
                break;
            case 7:
                output.EndExclusion(_world.Chains[_random.Next(_world.Chains.Count)]);
                break;
            case 9:
                _disk.CapacityBytes = _random.Next(2) == 0 ? _disk.UsedBytes + (_random.Next(4) * 4096) : 1L << 40;
                break;
            default:
                Forget();
                break;
        }
    }

    /// <summary>A container's records go elsewhere from one turn to the next.</summary>
    private void ChangeMetadata(ModelChain chain)
    {
        for (var i = 0; i < 2; i++)
        {
            chain.Grow(4);
            _outputs[0].ReadTurn(3, _random);
            chain.Version += 1 - i;
        }
    }

    /// <summary>A generation that every output has durably delivered is deleted by its runtime, and forgotten.</summary>
    private void Forget()
    {
        foreach (var generation in _world.Chains.SelectMany(chain => chain.Generations.SkipLast(1)).Where(g => g.Visible == g.Length && g.Length > 0))
        {
            if (_outputs.TrueForAll(o => o.Buffer.Positions.Snapshot().Find(generation.Id)?.Intervals.Contains(0, generation.Length) == true))
            {
                generation.IsGone = true;
                foreach (var output in _outputs)
                {
                    output.Buffer.Positions.End(generation.Id);
                    output.Buffer.Positions.Forget(generation.Id);
                }
            }
        }
    }

    private void CheckBooks()
    {
        foreach (var (book, figures) in _books.Snapshot().Outputs)
        {
            Require(figures.Imbalance == 0, $"I4: the books of {book.Name} are off by {figures.Imbalance}");
            foreach (var state in Enum.GetValues<BufferState>())
            {
                Require(figures.BufferRecords[state] >= 0 && figures.BufferBytes[state] >= 0, $"I4: the books of {book.Name} say less than nothing is {state}");
            }
        }
    }

    /// <summary>What was recovered is what is on the disk.</summary>
    private void CheckRecoveredBooks()
    {
        foreach (var output in _outputs)
        {
            var figures = _books.Snapshot().Outputs.Single(o => o.Book == output.Buffer.Book).Figures;
            Require(figures.Recovered - figures.Dropped[DropReason.Reread] == RecordsOnDisk(output.Buffer.Directory), $"I4: {figures.Recovered} records were recovered");
            Require(figures.BufferBytes.Total == output.Buffer.Space.Used, $"{output.Buffer.Space.Used} bytes are counted, {figures.BufferBytes.Total} booked");
        }
    }

    private static long RecordsOnDisk(IStorageDirectory directory)
    {
        long records = 0;
        foreach (var name in directory.ListFiles())
        {
            if (!FileNames.TryParse(name, out _, out var state))
            {
                continue;
            }

            using var file = directory.Open(name);
            if (state != FileState.Chunk)
            {
                records += ObjectHeader.Read(file, name)!.Records;
                continue;
            }

            using var reader = ChunkReader.Open(file, name)!;
            while (reader.MoveNext())
            {
            }

            records += reader.Records;
        }

        return records;
    }
}
