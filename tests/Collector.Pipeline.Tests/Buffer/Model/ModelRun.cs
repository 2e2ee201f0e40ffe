using System.Globalization;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>A fault of a disk: at which of its operations, and how often from there.</summary>
internal sealed record ModelFault(long Operation, DiskFault Fault, int Times = 1)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Fault} at {Operation} x{Times}");
}

/// <summary>What goes wrong in one life, and what the next life finds if this one dies of it.</summary>
internal sealed record ModelDeath(LossMode Loss, int LossSeed, params ModelFault[] Faults)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", Faults.AsEnumerable())} then {Loss} {LossSeed}");
}

/// <summary>A whole history of a seed: lives with their faults until all is delivered, then the checks.</summary>
internal sealed class ModelRun(int seed, ModelOptions options, IReadOnlyList<ModelDeath> deaths)
{
    /// <summary>Lives and rounds after which a history that has not ended never will.</summary>
    private const int MaxLives = 60;
    private const int MaxRounds = 200;

    private readonly ModelWorld _world = new(seed, options);
    private SimulatedDisk _disk = new(seed);
    private int _life;
    private bool _kernelLied;

    /// <summary>Operations of each life's disk.</summary>
    public List<long> Operations { get; } = [];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {options}, {string.Join("; ", deaths)}");

    /// <exception cref="ModelException">Something that must hold does not; the message has all that is needed to do it again.</exception>
    public void Run()
    {
        try
        {
            while (!TryLive())
            {
                Operations.Add(_disk.Operations);
                if (++_life == MaxLives)
                {
                    throw new ModelException("it does not come to an end");
                }
            }

            Operations.Add(_disk.Operations);
            _world.CheckOnce();
            if (!_kernelLied)
            {
                _world.CheckOrder();
            }
        }
        catch (Exception e)
        {
            throw new ModelException($"{this}: {e}\nthe last operations:\n{string.Join('\n', _disk.Trace.TakeLast(150))}");
        }
    }

    private ModelDeath? Death => _life < deaths.Count ? deaths[_life] : null;

    /// <summary>One life; true when all was delivered in it.</summary>
    private bool TryLive()
    {
        foreach (var fault in Death?.Faults ?? [])
        {
            _disk.FailAt(fault.Operation, fault.Fault, fault.Times);
        }

        try
        {
            Live();
            return true;
        }
        catch (SimulatedCrashException)
        {
            Restart(Death!.Loss, Death.LossSeed);
        }
        catch (StorageException)
        {
            // Of a recovery that the disk did not let pass: the process ends, and is started again.
            CheckHandles();
            Restart(LossMode.ProcessCrash, seed);
        }

        return false;
    }

    private void Live()
    {
        var random = new Random((seed * 1000) + _life);
        using (var life = ModelLife.Start(_world, _disk, random))
        {
            for (var i = 0; i < options.Steps; i++)
            {
                life.Step();
            }

            for (var i = 0; !life.IsDone; i++)
            {
                if (i == MaxRounds)
                {
                    throw new ModelException($"it does not get done: {string.Join("; ", life.Outputs.Select(o => o.WhatIsLeft))}");
                }

                life.Finish();
            }

            life.CheckEmpty();
        }

        CheckHandles();
    }

    /// <summary>
    /// Whether a chunk's fsync failed and no later one succeeded before this life's end: the next life's succeeds for data that
    /// never reach the disk. That may cost the order, after a power loss, never a line (FORMAT.md, known limitations).
    /// </summary>
    private bool HasFailedSync()
    {
        var failing = (Death?.Faults ?? []).Where(fault => fault.Fault == DiskFault.Io).SelectMany(fault => Enumerable.Range((int)fault.Operation - 1, fault.Times)).ToHashSet();
        var last = new Dictionary<string, bool>(StringComparer.Ordinal);
        for (var i = 0; i < _disk.Trace.Count; i++)
        {
            if (_disk.Trace[i].StartsWith("sync /", StringComparison.Ordinal) && _disk.Trace[i].EndsWith(".chunk", StringComparison.Ordinal))
            {
                last[_disk.Trace[i]] = failing.Contains(i);
            }
        }

        return last.ContainsValue(true);
    }

    private void CheckHandles()
    {
        if (_disk.OpenHandles != 0)
        {
            throw new ModelException($"{_disk.OpenHandles} handles are left open");
        }
    }

    private void Restart(LossMode loss, int lossSeed)
    {
        _kernelLied |= HasFailedSync();
        if (options.Drops)
        {
            // An object whose drop was durable, and not yet counted.
            _world.Dropped[1] += ModelWorld.MaxSize / 20;
        }

        _disk = _disk.Restart(lossSeed, loss);
        _disk.CapacityBytes = Math.Max(_disk.CapacityBytes, _disk.UsedBytes);
        _world.Clock.Advance(TimeSpan.FromSeconds(5));
    }
}
