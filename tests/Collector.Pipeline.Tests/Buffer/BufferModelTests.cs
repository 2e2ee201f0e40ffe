using System.Collections.Concurrent;
using System.Globalization;
using Collector.Pipeline.Tests.Buffer.Model;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>
/// The buffer against a model: append, commit, sync, close, seal, upload, fold and recover in random order, on a disk that
/// fails at every operation in turn. However often the process dies, in the end every record is in the store exactly once
/// (I1), no object ever changes (I2, I3), the books balance (I4), streams are in order (I9), nothing was sent that a power loss
/// could take back (I13). <c>COLLECTOR_MODEL_SEEDS</c> says how many histories are tried.
/// </summary>
public sealed class BufferModelTests
{
    private static readonly DiskFault[] Crashes = [DiskFault.CrashBefore, DiskFault.CrashInside, DiskFault.CrashAfter];
    private static readonly DiskFault[] Failures = [DiskFault.NoSpace, DiskFault.Io, DiskFault.ShortWriteNoSpace, DiskFault.ShortWriteIo];

    /// <summary>Every operation of so many histories: some hundred times the work of one.</summary>
    private static int ThoroughSeeds => Math.Max(2, Seeds(0) / 50);

    private static int Seeds(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("COLLECTOR_MODEL_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : usual;

    /// <summary>S-58, S-62, S-64, S-121: every operation between append, sync, seal, sending, fold and delete of a history, before, inside and after it; the recovery is cut short as well.</summary>
    [Theory]
    [InlineData(LossMode.ProcessCrash)]
    [InlineData(LossMode.PowerLoss)]
    public void A_crash_at_any_operation_loses_and_doubles_nothing(LossMode loss) => ForAll(ThoroughSeeds, new ModelOptions { Records = 10, Steps = 40 }, (random, operation) =>
        Crashes.Select(crash => new[]
        {
            new ModelDeath(loss, random.Next(), new ModelFault(operation, crash)),
            new ModelDeath((LossMode)random.Next(2), random.Next(), new ModelFault(random.Next(1, 40), Any(random, Crashes))),
        }));

    /// <summary>S-67: the operation fails once or some times, the process goes on; soon the power fails, and in half of the cases the process before.</summary>
    [Fact]
    public void A_failure_of_any_operation_loses_and_doubles_nothing() => ForAll(ThoroughSeeds, new ModelOptions { Records = 10, Steps = 40 }, (random, operation) =>
        Failures.Select(failure => new[]
        {
            new ModelDeath(
                (LossMode)random.Next(2), random.Next(), new(operation, failure, random.Next(1, 4)), new(operation + random.Next(1, 30), Any(random, Crashes))),
            new ModelDeath(LossMode.PowerLoss, random.Next(), new ModelFault(random.Next(1, 100), Any(random, Crashes))),
        }));

    /// <summary>With a reserve, with somebody who fills the disk (I15), with an output that drops.</summary>
    [Theory]
    [InlineData(false, false, false, 150)]
    [InlineData(false, true, false, 150)]
    [InlineData(true, true, false, 30)]
    [InlineData(false, false, true, 100)]
    public void Any_history_of_failures_crashes_and_power_losses_loses_and_doubles_nothing(bool reserve, bool fills, bool drops, int usual) => Try(0, Seeds(usual), seed =>
    {
        var random = new Random(seed);
        var deaths = Enumerable.Range(0, random.Next(1, 8)).Select(_ => AnyDeath(random)).ToList();
        return [new ModelRun(seed, new ModelOptions { WithReserve = reserve, Fills = fills, Drops = drops }, deaths)];
    });

    /// <summary>Found by seed: the deletion failed, a generation of it was forgotten, the process died. Same key, same bytes.</summary>
    [Fact]
    public void An_object_of_a_forgotten_generation_whose_deletion_was_lost_may_be_sent_again() => new ModelRun(4, new ModelOptions { Records = 10, Steps = 40 },
    [
        new(LossMode.ProcessCrash, 402810371, new(182, DiskFault.NoSpace, 2), new ModelFault(187, DiskFault.CrashBefore)),
        new(LossMode.PowerLoss, 467576600, new ModelFault(51, DiskFault.CrashInside)),
    ]).Run();

    private static ModelDeath AnyDeath(Random random)
    {
        var faults = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new ModelFault(random.Next(1, 400), Any(random, Failures), random.Next(1, 6))).ToList();
        if (random.Next(4) > 0)
        {
            faults.Add(new ModelFault(random.Next(1, random.Next(2) == 0 ? 40 : 500), Any(random, Crashes)));
        }

        return new ModelDeath((LossMode)random.Next(2), random.Next(), [.. faults]);
    }

    private static DiskFault Any(Random random, DiskFault[] faults) => faults[random.Next(faults.Length)];

    private static void ForAll(int seeds, ModelOptions options, Func<Random, long, IEnumerable<ModelDeath[]>> deathsAt)
    {
        for (var seed = 0; seed < seeds; seed++)
        {
            var baseline = new ModelRun(seed, options, []);
            baseline.Run();
            Try(1, (int)baseline.Operations[0], operation => deathsAt(new Random((seed * 100_003) + operation), operation).Select(deaths => new ModelRun(seed, options, deaths)));
        }
    }

    /// <summary>Runs them all and tells about one that failed.</summary>
    private static void Try(int first, int count, Func<int, IEnumerable<ModelRun>> runs)
    {
        var failed = new ConcurrentBag<string>();
        Parallel.For(first, first + count, number =>
        {
            foreach (var run in runs(number))
            {
                try
                {
                    run.Run();
                }
                catch (ModelException e)
                {
                    failed.Add(e.Message);
                }
            }
        });
        Assert.True(failed.IsEmpty, $"{failed.Count} failed: {failed.MinBy(message => message.Length)}");
    }
}
