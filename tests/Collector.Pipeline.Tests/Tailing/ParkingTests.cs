using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Tests.Upload;
using Collector.Pipeline.Upload;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>I6 between the turns: an exception in a step of one thing parks that thing; everything else goes on, and it is tried again.</summary>
public class ParkingTests
{
    [Fact]
    public void What_fails_is_told_once_tried_again_after_longer_and_longer_pauses_and_told_once_when_it_works()
    {
        var (clock, log) = (new ManualClock(), new CapturedLog());
        var parking = new Parking(clock, log);
        var tries = 0;
        var isBroken = true;
        for (var second = 0; second < 300; second++)
        {
            Assert.True(parking.Try("whole", "a step", () => { }));
            parking.Try("broken", "a step", () =>
            {
                tries++;
                _ = isBroken ? throw new InvalidOperationException("broken") : 0;
            });
            Assert.True(parking.Count == 1 || !isBroken);
            isBroken = second < 200;
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, parking.Count);
        Assert.InRange(tries, 8, 150);
        Assert.Single(log.Warnings, w => w.StartsWith("broken is parked: a step failed", StringComparison.Ordinal));
        Assert.Single(log.Lines, l => l.Message.Contains("no longer skipped", StringComparison.Ordinal));
        Assert.Equal(2, log.Lines.Count);
    }

    [Fact]
    public void What_is_not_there_any_more_is_not_parked_for_ever()
    {
        var clock = new ManualClock();
        var parking = new Parking(clock, new CapturedLog());
        parking.Try("gone", "a step", () => throw new InvalidOperationException("broken"));
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, parking.Count);
    }

    [Fact]
    public void An_exception_of_the_host_between_two_turns_leaves_the_tail_as_it_is()
    {
        var isBroken = true;
        var told = 0;
        using var tail = new TailHarness(new TailOptions
        {
            Tail = t => t with { PodsInUse = _ => told += isBroken ? throw new InvalidOperationException("broken") : 1 },
        });
        var log = tail.Container().Write("a");
        tail.Advance(40);
        log.Write("b");
        tail.Advance(40);
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
        Assert.Equal(1, tail.Books.Snapshot().Tail.Parked);
        Assert.True(tail.Worker.HasUnreadable);
        Assert.Single(tail.Log.Warnings);
        isBroken = false;
        tail.Advance(100);
        Assert.True(told > 0);
        Assert.Equal(0, tail.Books.Snapshot().Tail.Parked);
    }

    [Fact]
    public void A_source_that_cannot_be_listed_for_an_exception_leaves_the_other_sources_alone()
    {
        var tree = new WatchedTree(LinuxTree.Instance);
        using var tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = tree } });
        tree.Before = (_, path) => ThrowIf(path.StartsWith(tail.Node.Files, StringComparison.Ordinal));
        tail.File("files/a.log").Lines("file");
        var log = tail.Container().Write("a");
        tail.Advance(20);
        Assert.Equal(["a"], tail.Stored().Logs);
        Assert.Equal(1, tail.Books.Snapshot().Tail.Parked);
        tree.Before = (_, _) => { };
        log.Write("b");
        tail.Advance(61);
        Assert.Equal(["a", "b", "file"], tail.Stored().Logs.Order());
        Assert.Equal(0, tail.Books.Snapshot().Tail.Parked);
    }

    /// <summary>What is not known to lie before the beginning is read, and the others do not wait for it.</summary>
    [Fact]
    public void A_folder_that_cannot_be_looked_at_does_not_hold_the_first_start_up()
    {
        var tree = new WatchedTree(LinuxTree.Instance);
        using var tail = new TailHarness(new TailOptions { Containers = c => c with { StartAt = StartAt.End }, Tail = t => t with { Tree = tree } });
        var broken = tail.Container("broken").Write("broken, old");
        var whole = tail.Container("whole").Write("whole, old");
        tree.Before = (call, path) => ThrowIf(call == TreeCall.List && path.Contains("shop_broken", StringComparison.Ordinal));
        tail.Advance(2);
        whole.Write("whole, new");
        tail.Advance(10);
        Assert.Equal(["whole, new"], tail.Stored().Logs);
        tree.Before = (_, _) => { };
        broken.Write("broken, new");
        tail.Advance(61);
        Assert.Equal(["broken, old", "broken, new"], tail.Stored().Of(broken));
        Assert.Equal(["whole, new"], tail.Stored().Of(whole));
    }

    [Fact]
    public void A_buffer_whose_disk_cannot_be_asked_leaves_the_other_outputs_alone()
    {
        using var tail = new TailHarness(new TailOptions { Outputs = 2, HasRealDisk = true });
        var log = tail.Container().Write("a");
        tail.Run();
        Directory.Delete(Path.Join(tail.Node.Root, "data", "output1"), recursive: true);
        tail.Advance(2);
        log.Write("b");
        tail.Advance(5);
        Assert.Equal(["a", "b"], tail.Outputs[0].Stored().Of(log));
    }

    [Fact]
    public void What_another_loop_asks_for_is_done_again_when_it_has_failed()
    {
        using var tail = new TailHarness();
        var tries = 0;
        tail.Worker.Post("output x", "a command", () => ThrowIf(tries++ == 0));
        tail.Worker.Post("output y", "a command", () => tries += 10);
        tail.Cycle();
        Assert.Equal(11, tries);
        tail.Advance(5);
        Assert.Equal(12, tries);
    }

    /// <summary>A simulated crash is no error of the storage: any other exception would do.</summary>
    [Fact]
    public async Task An_exception_in_one_outputs_sync_does_not_end_the_loop()
    {
        using var tail = new TailHarness();
        tail.Container().Write("a");
        tail.Run();
        var parking = new Parking(tail.Clock, tail.Log);
        using var metrics = new CollectorMetrics(tail.Clock, "", "");
        var services = new UploaderServices((_, _) => Task.FromResult(UncoverResult.NotNow));
        using var loops = new OutputLoops(tail.Outputs[0].Output, new ScriptedStore(tail.Clock), services, _ => { }, metrics, tail.Clock, tail.Log, parking);
        var syncer = new Syncer([loops], LossFile.Open(tail.Disk.Root, tail.Books, tail.Clock, tail.Log), TimeSpan.Zero, tail.Clock, parking);
        using var end = new CancellationTokenSource();
        tail.Disk.FailAt(tail.Disk.Operations + 1, DiskFault.CrashBefore);
        syncer.Offer();
        using var heartbeat = new Health(tail.Clock).Register("sync", TimeSpan.FromMinutes(1));
        var loop = Task.Run(() => syncer.Run(heartbeat, end.Token), TestContext.Current.CancellationToken);
        while (parking.Count == 0 && !loop.IsCompleted)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await end.CancelAsync();
        await loop;
        Assert.Single(tail.Log.Warnings, w => w.Contains("output output0 is parked: syncing its chunks failed", StringComparison.Ordinal));
    }

    private static void ThrowIf(bool isBroken)
    {
        if (isBroken)
        {
            throw new InvalidOperationException("broken");
        }
    }
}
