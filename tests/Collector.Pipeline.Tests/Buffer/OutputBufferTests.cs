using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class OutputBufferTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private static OutputSettings Dropping(OutputSettings settings) => settings with { Buffer = new() { WhenFull = WhenFull.DropOldest } };

    [Fact]
    public void A_frame_that_cannot_be_cut_off_blocks_the_output_until_it_can()
    {
        using var output = new OneOutput(_disk, _clock);
        output.Append(0);
        _disk.FailAt(_disk.Operations + 1, DiskFault.ShortWriteIo, times: 3);

        Assert.Equal(CommitResult.Failed, output.Append(1));
        Pass();
        Assert.Equal(CommitResult.Failed, output.Append(1));
        Pass();
        Assert.Equal(CommitResult.Failed, output.Append(1));
        Pass();
        Assert.Equal(CommitResult.Committed, output.Append(1));
        Assert.Equal(1, output.Buffer.OpenChunks);
        Assert.Equal(1, output.Buffer.Backlog.ClosedCount);
    }

    [Fact]
    public void A_frame_that_is_whole_on_the_disk_though_its_write_failed_is_gone_before_its_records_are_read_again()
    {
        using var output = new OneOutput(_disk, _clock);
        output.Append(0);
        output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
        var chunk = output.Root.ListFiles().Single(name => name.EndsWith(".chunk", StringComparison.Ordinal));
        _disk.FailAt(_disk.Operations + 1, DiskFault.Io);
        Assert.Equal(CommitResult.Failed, output.Append(out var frame, 1));
        using (var file = output.Root.Open(chunk, writable: true))
        {
            file.Write(frame, file.Length);
            file.Sync();
        }

        Pass();
        Assert.Equal(CommitResult.Committed, output.Append(1));
        output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());

        for (var seed = 0; seed < 50; seed++)
        {
            using var next = new OneOutput(_disk.Restart(seed, LossMode.PowerLoss), _clock);
            Assert.Equal(2, next.Figures.Recovered);
        }
    }

    [Fact]
    public void A_failed_fsync_of_a_chunk_writes_its_bytes_again_before_the_next()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            // What a failed fsync takes is drawn when it fails.
            var disk = new SimulatedDisk(seed);
            using var output = new OneOutput(disk, _clock);
            output.Append(0, 1, 2);
            disk.FailAt(disk.Operations + 1, DiskFault.Io);
            Assert.ThrowsAny<IOException>(() => output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty()));
            output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());

            using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
            Assert.Equal([0, 1, 2], OneOutput.RecordsIn(next.Recovered.Coverage));
        }
    }

    /// <summary>At <c>maxOpen</c> chunks are closed without a sync; whoever opens a successor makes up for it.</summary>
    [Fact]
    public void A_chunk_that_was_closed_to_make_room_is_durable_before_its_partition_goes_on()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using var output = new OneOutput(disk, _clock, settings => settings with { Batch = new() { MaxOpen = 2 } });
            output.AppendTo("p/", 0);
            output.AppendTo("q/", 1);
            output.AppendTo("r/", 2);
            Assert.Equal(CommitResult.Committed, output.AppendTo("p/", 3));

            using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
            Assert.Contains(0, OneOutput.RecordsIn(next.Recovered.Coverage));
        }
    }

    [Fact]
    public void A_disk_that_is_broken_is_no_reason_to_drop()
    {
        using var output = new OneOutput(_disk, _clock, Dropping);
        output.AppendSealed(0);
        output.AppendSealed(1);
        _disk.FailAt(_disk.Operations + 1, DiskFault.Io);

        Assert.Equal(CommitResult.Failed, output.Append(2));
        Assert.Equal(CommitResult.Full, output.Append(2));
        Assert.Equal(2, output.Buffer.Backlog.Count);
        Assert.Equal(0, output.Figures.Dropped.Total);
    }

    /// <summary>A slow disk, and thousands of chunks, are no loop that hangs.</summary>
    [Fact]
    public void Whoever_syncs_many_chunks_shows_a_sign_of_life_after_each()
    {
        using var output = new OneOutput(_disk, _clock);
        var (beats, tailBeats) = (0, 0);
        output.Buffer.Beat = () => tailBeats++;
        for (var i = 0; i < 50; i++)
        {
            output.AppendTo($"p{i}/", i);
        }

        output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty(), () => beats++);
        Assert.Equal((50, 0), (beats, tailBeats));
        output.Buffer.CloseAll();
        Assert.True(tailBeats >= 50);
    }

    /// <summary>Somebody else's image is pulled, and the disk is low until that is done: what waits is not thrown away for it.</summary>
    [Fact]
    public void Below_minFreeDisk_no_more_is_dropped_than_comes()
    {
        const long Low = 1_000_000;
        using var output = new OneOutput(_disk, _clock, settings => Dropping(settings) with { Shared = new() { MinFreeDisk = FreeDisk.OfBytes(Low) } });
        _disk.CapacityBytes = _disk.UsedBytes + (100 * Low);
        for (var i = 0; i < 20; i++)
        {
            output.AppendSealed(i);
        }

        _disk.CapacityBytes = _disk.UsedBytes + (Low / 2);
        Pass();
        Assert.Equal(CommitResult.Committed, output.Append(20));
        Pass();
        output.Append(21);

        Assert.InRange(output.Figures.Dropped[DropReason.BufferFull], 1, 3);
        Assert.InRange(output.Buffer.Backlog.Count, 17, 19);
        output.Buffer.TellRoom();
        Assert.Equal((FullReason.MinFreeDisk, true), (output.Figures.Full!.Reason, output.Figures.Full.IsDropping));
        Assert.Contains(output.Log.Warnings, w => w.Contains("drops its oldest objects", StringComparison.Ordinal) && w.Contains("buffer.minFreeDisk is 1 MB", StringComparison.Ordinal));
    }

    /// <summary>S-148: once, however often it has room for a moment, and once that it is over.</summary>
    [Fact]
    public void A_full_buffer_is_told_once_with_figures_and_so_is_its_end()
    {
        using var output = new OneOutput(_disk, _clock, settings => settings with { Buffer = new() { MaxSize = 4 * 4096 } });
        output.AppendSealed(0);
        for (var i = 1; i < 40; i++)
        {
            output.Append(i);
            output.AppendTo($"other{i}/", i);
            output.Buffer.TellRoom();
            _clock.Advance(TimeSpan.FromSeconds(0.5));
        }

        var told = Assert.Single(output.Log.Warnings, w => w.Contains("takes no more records", StringComparison.Ordinal));
        Assert.Matches(@"its buffer holds [0-9.]+ kB, and buffer\.maxSize is 16\.38 kB", told);
        Assert.Equal((FullReason.MaxSize, false), (output.Figures.Full!.Reason, output.Figures.Full.IsDropping));
    }

    [Fact]
    public void A_full_disk_drops_one_object_at_a_time()
    {
        using var output = new OneOutput(_disk, _clock, Dropping);
        output.AppendSealed(0);
        output.AppendSealed(1);
        _disk.CapacityBytes = _disk.UsedBytes;

        Assert.Equal(CommitResult.Full, output.Append(2));
        Assert.Equal(CommitResult.Committed, output.Append(2));
        Assert.Equal(1, output.Figures.Dropped[DropReason.BufferFull]);
        Assert.Equal([0], OneOutput.RecordsIn(output.Buffer.Positions.Snapshot()));
    }

    [Fact]
    public void A_quota_drops_what_is_oldest_and_counts_what_may_be_stored_apart()
    {
        using var output = new OneOutput(_disk, _clock, settings => settings with { Buffer = new() { MaxSize = 4 * 4096, WhenFull = WhenFull.DropOldest } });
        var first = output.AppendSealed(0);
        output.AppendSealed(1, 2);
        output.Root.Rename(first.FileName, FileNames.Format(first.Seq, FileState.Attempted));
        first.Attempted = true;

        Assert.Equal(CommitResult.Committed, output.Append(3));
        Assert.Equal(CommitResult.Committed, output.Append(4));
        output.Buffer.CloseAll();
        output.Append(5);
        Assert.Equal((1, 0), (output.Figures.Dropped[DropReason.BufferFullUnconfirmed], output.Figures.Dropped[DropReason.BufferFull]));
        Assert.Equal(0, output.Figures.Imbalance);
    }

    [Fact]
    public void A_drop_that_failed_half_way_is_ended_before_anything_else_is_done_with_its_object()
    {
        using var output = new OneOutput(_disk, _clock, Dropping);
        output.AppendSealed(0);
        output.AppendSealed(1);
        _disk.CapacityBytes = _disk.UsedBytes;
        output.Append(2);
        _disk.FailAt(_disk.Operations + 2, DiskFault.Io);
        output.Append(2);
        Assert.Null(output.Buffer.Backlog.TakeForUpload());

        Pass();
        output.Buffer.CloseDue();
        Assert.Equal(1, output.Figures.Dropped.Total);
        Assert.NotNull(output.Buffer.Backlog.TakeForUpload());
    }

    [Fact]
    public void An_output_that_is_full_of_open_chunks_closes_one()
    {
        using var output = new OneOutput(_disk, _clock, settings => settings with { Buffer = new() { MaxSize = 2 * 4096 } });
        Assert.Equal(CommitResult.Committed, output.Append(0));
        Assert.Equal(CommitResult.Full, output.Append(1));

        output.Buffer.CloseDue();

        Assert.Equal(1, output.Buffer.Backlog.ClosedCount);
    }

    [Fact]
    public void Chunks_that_were_configured_otherwise_are_closed_at_start_and_others_go_on()
    {
        using (var output = new OneOutput(_disk, _clock))
        {
            output.Append(0);
        }

        using (var same = new OneOutput(_disk, _clock))
        {
            Assert.Equal((1, 0), (same.Buffer.OpenChunks, same.Buffer.Backlog.Count));
            same.Append(1);
        }

        using var other = new OneOutput(_disk, _clock, settings => settings with { Compression = Compression.Gzip });
        Assert.Equal((0, 1), (other.Buffer.OpenChunks, other.Buffer.Backlog.Count));
        other.Sealer.SealNext();
        using var file = other.Root.Open(other.Buffer.Backlog.TakeForUpload()!.FileName);
        var header = ObjectHeader.Read(file, "o")!;
        Assert.EndsWith(".jsonl", header.Key, StringComparison.Ordinal);
        Assert.Equal(2, header.Records);
    }

    [Fact]
    public void A_chunk_is_closed_by_age_by_number_and_with_its_container()
    {
        using var output = new OneOutput(_disk, _clock);
        output.Append(0);
        output.Buffer.CloseDue();
        Assert.Equal(1, output.Buffer.OpenChunks);
        _clock.Advance(TimeSpan.FromMinutes(5));
        output.Buffer.CloseDue();
        Assert.Equal(0, output.Buffer.OpenChunks);

        output.Append(1);
        output.Buffer.CloseChain("another");
        Assert.Equal(1, output.Buffer.OpenChunks);
        output.Buffer.CloseChain("chain");
        Assert.Equal((0, 2), (output.Buffer.OpenChunks, output.Buffer.Backlog.ClosedCount));
    }

    /// <summary>Longer than a failure is believed.</summary>
    private void Pass() => _clock.Advance(TimeSpan.FromSeconds(1));
}
