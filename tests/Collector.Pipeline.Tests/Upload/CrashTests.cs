using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>Crashes at every operation of the upload on the disk, and between the disk and the store.</summary>
public sealed class CrashTests
{
    private static readonly string[] Lines = ["a1", "a2", "a3", "b1"];

    /// <summary>I13.</summary>
    [Fact]
    public async Task The_mark_is_durable_before_the_first_byte_is_sent()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        var before = bench.Disk.Operations;
        List<string> marked = [];
        bench.Store.Script = _ =>
        {
            marked = [.. bench.Disk.Trace.Skip((int)before)];
            return StoreAnswer.Store;
        };
        bench.Start();
        await bench.UntilEmptyAsync();

        var (sealedName, attempted) = (FileNames.Format(added.Seq, FileState.Object), FileNames.Format(added.Seq, FileState.Attempted));
        Assert.Equal([$"rename /o/{sealedName} to /o/{attempted}", "sync directory /o"], marked);
    }

    /// <summary>I13, when the sync fails.</summary>
    [Fact]
    public async Task A_mark_that_could_not_be_synced_is_synced_before_anything_is_sent()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        var before = bench.Disk.Operations;
        bench.Disk.FailAt(before + 2, DiskFault.Io, times: 3);
        List<string> marked = [];
        bench.Store.Script = _ =>
        {
            marked = [.. bench.Disk.Trace.Skip((int)before)];
            return StoreAnswer.Store;
        };
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Equal(5, marked.Count);
        Assert.Equal("sync directory /o", marked[^1]);
    }

    [Fact]
    public async Task The_positions_are_durable_before_the_object_is_deleted()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        bench.Start();
        await bench.UntilEmptyAsync();

        var trace = bench.Disk.Trace.ToList();
        Assert.Equal([$"delete /o/{FileNames.Format(added.Seq, FileState.Attempted)}"], trace.TakeLast(1));
        Assert.Equal("sync /o/positions.new", trace[^2]);
    }

    [Theory]
    [InlineData(DiskFault.CrashBefore, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashBefore, LossMode.PowerLoss)]
    [InlineData(DiskFault.CrashInside, LossMode.PowerLoss)]
    [InlineData(DiskFault.CrashAfter, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashAfter, LossMode.PowerLoss)]
    public async Task A_crash_at_any_operation_delivers_every_record_once(DiskFault fault, LossMode mode)
    {
        var wasReached = true;
        for (var operation = 1; wasReached; operation++)
        {
            wasReached = false;
            for (var seed = 0; seed < 3; seed++)
            {
                wasReached |= await CrashAtAsync(operation, fault, mode, seed);
            }
        }
    }

    private static async Task<bool> CrashAtAsync(int operation, DiskFault fault, LossMode mode, int seed)
    {
        await using var bench = new UploadBench();
        AddAll(bench);
        bench.Disk.FailAt(bench.Disk.Operations + operation, fault);
        bench.Start();
        await bench.UntilAsync("all is stored, or dead", () => bench.IsEmpty || bench.IsDead);
        var wasReached = bench.IsDead;
        await CheckRestartAsync(bench, mode, seed);
        return wasReached;
    }

    /// <summary>The store has it, and the process dies before it hears of that; S-82 over a restart.</summary>
    [Theory]
    [InlineData(LossMode.ProcessCrash)]
    [InlineData(LossMode.PowerLoss)]
    public async Task S82_a_crash_between_the_store_and_the_fold_sends_the_same_bytes_to_the_same_key(LossMode mode)
    {
        await using var bench = new UploadBench();
        AddAll(bench);
        bench.Store.Script = _ => StoreAnswer.StoreAndLoseTheAnswer();
        bench.Start();
        await bench.UntilAsync("two are stored", () => bench.Store.Keys.Count == 2);

        bench.Store.Script = _ => StoreAnswer.Store;
        await CheckRestartAsync(bench, mode, seed: 1);
    }

    [Fact]
    public async Task While_the_positions_cannot_be_written_a_stored_object_waits_and_is_not_sent_again()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Disk.FailAt(bench.Disk.Operations + 3, DiskFault.Io, times: 20);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Single(bench.Store.Calls);
        Assert.Empty(bench.Files);
        Assert.Equal(1, bench.Log.Count("cannot write its buffer or its positions"));
    }

    [Fact]
    public async Task While_a_stored_object_cannot_be_deleted_it_is_not_sent_again()
    {
        await using var bench = new UploadBench();
        bench.Append("a/", "one");
        bench.Disk.FailAt(bench.Disk.Operations + 5, DiskFault.Io, times: 5);
        bench.Start();
        await bench.UntilEmptyAsync();

        Assert.Single(bench.Store.Calls);
        Assert.Contains("delete", bench.Disk.Trace[^2], StringComparison.Ordinal);
        Assert.Equal(1, bench.Figures.UploadedObjects);
    }

    [Fact]
    public async Task A_shutdown_in_an_attempt_leaves_the_object_attempted_and_the_next_start_sends_it()
    {
        await using var bench = new UploadBench();
        var added = bench.Add("a/", "one");
        bench.Store.Script = _ => StoreAnswer.Hang;
        bench.Start();
        await bench.UntilAsync("it is being sent", () => bench.Store.Calls.Count == 1);
        await bench.StopAsync();

        Assert.Equal([FileNames.Format(added.Seq, FileState.Attempted)], bench.Files);
        Assert.Equal(1, bench.Figures.Attempts[AttemptResult.Broken]);
        bench.Store.Script = _ => StoreAnswer.Store;
        await using var next = await bench.RestartAsync();
        next.Start();
        await next.UntilEmptyAsync();
        Assert.Equal([added.Key], next.Store.Keys);
    }

    private static void AddAll(UploadBench bench)
    {
        foreach (var line in Lines)
        {
            bench.Append($"{line[0]}/", line);
        }
    }

    private static async Task CheckRestartAsync(UploadBench bench, LossMode mode, int seed)
    {
        await using var next = await bench.RestartAsync(mode, seed);
        next.Start();
        await next.UntilEmptyAsync();
        Assert.Equal(Lines, next.Store.Lines);
        Assert.Empty(next.Files);
    }
}
