using System.Globalization;
using Collector.Pipeline.Buffer.Storage;
using Collector.Testing.Storage;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>What goes wrong in one life: at which operation of its disk, how often, and what the next life finds.</summary>
internal sealed record ModelFault(long Operation, DiskFault Fault, int Times, LossMode Loss, int LossSeed);

/// <summary>A whole history of a seed: lives with their faults until all is delivered, then the checks.</summary>
internal sealed class ModelRun(int seed, ModelOptions options, IReadOnlyList<ModelFault> faults)
{
    /// <summary>Lives and rounds after which a history that has not ended never will.</summary>
    private const int MaxLives = 60;
    private const int MaxRounds = 200;

    private readonly ModelWorld _world = new(seed, options);
    private SimulatedDisk _disk = new(seed);
    private int _life;

    /// <summary>Operations of each life's disk.</summary>
    public List<long> Operations { get; } = [];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {options}, {string.Join("; ", faults)}");

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
            _world.CheckDelivered();
        }
        catch (Exception e)
        {
            throw new ModelException($"{this}: {e}\nthe last operations:\n{string.Join('\n', _disk.Trace.TakeLast(30))}");
        }
    }

    private ModelFault? Fault => _life < faults.Count ? faults[_life] : null;

    /// <summary>One life; true when all was delivered in it.</summary>
    private bool TryLive()
    {
        if (Fault is { Fault: not DiskFault.None } fault)
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
            Restart(Fault!.Loss, Fault.LossSeed);
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
        using (var life = ModelLife.Start(_world, _disk.Root, random))
        {
            for (var i = 0; i < options.Steps; i++)
            {
                life.Step();
            }

            for (var i = 0; !life.IsDone; i++)
            {
                if (i == MaxRounds)
                {
                    throw new ModelException("it does not get done");
                }

                life.Finish();
            }

            life.CheckEmpty();
        }

        CheckHandles();
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
        if (options.Drops)
        {
            // An object whose drop was durable, and not yet counted.
            _world.Dropped[1] += ModelWorld.MaxSize / 20;
        }

        _disk = _disk.Restart(lossSeed, loss);
        _world.Clock.Advance(TimeSpan.FromSeconds(5));
    }
}
