using Collector.Pipeline.Buffer;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>I15: from a disk that somebody else has filled to the last byte, and keeps full, the backlog drains to zero.</summary>
public sealed class FullDiskTests
{
    private const int Objects = 12;
    private const int MaxSize = 1000;
    private readonly ManualClock _clock = new();

    /// <summary>S-111.</summary>
    [Fact]
    public void The_backlog_drains_to_zero_and_reading_goes_on()
    {
        var disk = new SimulatedDisk();
        using var output = Fill(disk);

        Drain(output, disk, () => disk.CapacityBytes = disk.UsedBytes);

        Assert.Equal((0, 0, 0L), (output.Buffer.Backlog.Count, output.Buffer.OpenChunks, output.Buffer.Space.Used));
        Assert.Equal(Enumerable.Range(0, Objects), OneOutput.RecordsIn(output.Buffer.Positions.Snapshot()));
        Assert.Contains(FileNames.Reserve, output.Root.ListFiles());
        disk.CapacityBytes += 2 * SimulatedBlock;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CommitResult.Committed, output.Append(Objects));
    }

    /// <summary>S-111, with a power loss at every operation of it, and the disk still full when the process is back.</summary>
    [Fact]
    public void The_backlog_drains_to_zero_whenever_the_power_fails_on_the_way()
    {
        for (var operation = 1; operation < 150; operation++)
        {
            var disk = new SimulatedDisk(operation);
            using (var output = Fill(disk))
            {
                disk.FailAt(disk.Operations + operation, DiskFault.CrashAfter);
                try
                {
                    Drain(output, disk, () => disk.CapacityBytes = disk.UsedBytes);
                }
                catch (SimulatedCrashException)
                {
                    // What is found afterwards is the test.
                }
            }

            var next = disk.Restart(operation, LossMode.PowerLoss);
            next.CapacityBytes = next.UsedBytes;
            using var again = new OneOutput(next, _clock, settings => settings with { Batch = new() { MaxSize = MaxSize } });
            Drain(again, next, () => next.CapacityBytes = next.UsedBytes);

            Assert.Equal((0, 0, 0L), (again.Buffer.Backlog.Count, again.Buffer.OpenChunks, again.Buffer.Space.Used));
            Assert.Equal(Enumerable.Range(0, Objects), OneOutput.RecordsIn(again.Buffer.Positions.Snapshot()));
        }
    }

    [Fact]
    public void A_reserve_that_lost_its_length_is_made_again()
    {
        var disk = new SimulatedDisk();
        disk.Root.Create(FileNames.Reserve).Dispose();

        Assert.True(Reserve.Ensure(disk.Root, MaxSize));
        Assert.True(disk.Root.GetLength(FileNames.Reserve) > MaxSize);

        for (var seed = 0; seed < 20; seed++)
        {
            Assert.True(disk.Restart(seed, LossMode.PowerLoss).Root.GetLength(FileNames.Reserve) > MaxSize);
        }
    }

    [Fact]
    public void Without_room_there_is_no_reserve_and_nothing_is_left_of_the_attempt()
    {
        var disk = new SimulatedDisk { CapacityBytes = 100 * SimulatedBlock };

        Assert.False(Reserve.Ensure(disk.Root, MaxSize));
        Assert.Equal((0, 0), (disk.Root.ListFiles().Count, disk.UsedBytes));
    }

    private const long SimulatedBlock = 4096;

    /// <summary>Chunks and objects wait, one is open, and not a byte is free.</summary>
    private OneOutput Fill(SimulatedDisk disk)
    {
        var output = new OneOutput(disk, _clock, settings => settings with { Batch = new() { MaxSize = MaxSize } });
        Assert.True(Reserve.Ensure(output.Root, MaxSize));
        for (var i = 0; i < Objects; i++)
        {
            output.Append(i);
            if (i < Objects - 1)
            {
                output.Buffer.CloseAll();
            }

            if (i == 2)
            {
                output.Sealer.SealNext();
            }
        }

        output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
        disk.CapacityBytes = disk.UsedBytes;
        return output;
    }

    private void Drain(OneOutput output, SimulatedDisk disk, Action steal)
    {
        output.Buffer.CloseAll();
        steal();
        for (var round = 0; round < 10 * Objects && output.Buffer.Backlog.Count > 0; round++)
        {
            TrySeal(output);
            steal();
            if (output.Buffer.Backlog.TakeForUpload() is { } item)
            {
                Upload(output, item, steal);
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(disk.UsedBytes, disk.CapacityBytes);
    }

    private static void TrySeal(OneOutput output)
    {
        try
        {
            output.Sealer.SealNext();
        }
        catch (Pipeline.Storage.StorageException)
        {
            // The reserve is in use: when that object is delivered, it is free again.
        }
    }

    private static void Upload(OneOutput output, BacklogItem item, Action steal)
    {
        if (!item.Attempted)
        {
            output.Root.Rename(item.FileName, FileNames.Format(item.Seq, FileState.Attempted));
            item.Attempted = true;
        }

        output.Root.Sync();
        ObjectHeader header;
        using (var file = output.Root.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName)!;
            Assert.True(ObjectFile.BodyChecks(file, item.FileName, header));
        }

        output.Buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage);
        steal();
        ObjectFile.Remove(output.Root, item.FileName, header.FromReserve);
        steal();
        output.Buffer.Space.Add(-item.FileBytes);
        output.Buffer.Backlog.Remove(item);
    }
}
