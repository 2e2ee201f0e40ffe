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

    private static int Seeds(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("COLLECTOR_MODEL_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : usual;

    /// <summary>S-62, S-64, S-121: every operation of a history, before, inside and after it; the recovery is cut short as well.</summary>
    [Theory]
    [InlineData(LossMode.ProcessCrash)]
    [InlineData(LossMode.PowerLoss)]
    public void A_crash_at_any_operation_loses_and_doubles_nothing(LossMode loss)
    {
        var options = new ModelOptions { Records = 10, Steps = 40, WithReserve = false };
        ForAll(Seeds(2), options, (seed, operation) =>
        {
            var random = new Random((int)(seed + (operation * 7919)));
            return Crashes.Select(crash => new ModelFault[]
            {
                new(operation, crash, 1, loss, random.Next()),
                new(random.Next(1, 40), Crashes[random.Next(3)], 1, random.Next(2) == 0 ? loss : LossMode.PowerLoss, random.Next()),
            });
        });
    }

    /// <summary>S-67: the operation fails, the process goes on; later the power fails.</summary>
    [Fact]
    public void A_failure_of_any_operation_loses_and_doubles_nothing()
    {
        var options = new ModelOptions { Records = 10, Steps = 40, WithReserve = false };
        ForAll(Seeds(2), options, (seed, operation) =>
        {
            var random = new Random((int)(seed + (operation * 7919)));
            return Failures.Select(failure => new ModelFault[] { new(operation, failure, random.Next(1, 4), LossMode.ProcessCrash, 0) });
        });
    }

    [Fact]
    public void Any_history_of_failures_crashes_and_power_losses_loses_and_doubles_nothing()
    {
        Try(0, Seeds(100), seed =>
        {
            var random = new Random(seed);
            var faults = Enumerable.Range(0, random.Next(1, 8)).Select(_ => AnyFault(random)).ToList();
            return [new ModelRun(seed, new ModelOptions(), faults)];
        });
    }

    private static ModelFault AnyFault(Random random)
    {
        var all = Crashes.Concat(Failures).ToArray();
        return new ModelFault(
            random.Next(1, random.Next(2) == 0 ? 60 : 500), all[random.Next(all.Length)], random.Next(1, 6), (LossMode)random.Next(2), random.Next());
    }

    private static void ForAll(int seeds, ModelOptions options, Func<int, long, IEnumerable<ModelFault[]>> faultsAt)
    {
        for (var seed = 0; seed < seeds; seed++)
        {
            var baseline = new ModelRun(seed, options, []);
            baseline.Run();
            Try(1, (int)baseline.Operations[0], operation => faultsAt(seed, operation).Select(faults => new ModelRun(seed, options, faults)));
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
