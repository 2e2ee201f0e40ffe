using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>S-138: a chunk is damaged, and its sources may be gone.</summary>
public sealed class LostFramesTests
{
    private const int Frames = 6;
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    /// <summary>Every byte of the chunk's header and of two frames.</summary>
    [Fact]
    public void Wherever_the_damage_is_the_whole_frames_behind_it_are_told_counted_and_their_sizes_handed_over()
    {
        var (chunk, ends) = Write();
        for (var at = 0; at < ends[2]; at += 3)
        {
            var disk = _disk.Restart(1, LossMode.ProcessCrash);
            using (var file = disk.Root.Open(chunk, writable: true))
            {
                var one = new byte[1];
                file.Read(one, at);
                one[0] ^= 0x55;
                file.Write(one, at);
            }

            var whole = ends.FindIndex(end => at < end) - 1;
            using var next = new OneOutput(disk, _clock);
            var behind = Frames - Math.Max(whole, 0) - (whole < 0 ? 0 : 1);
            Assert.Equal((behind, behind), (next.Figures.Dropped[DropReason.Reread], next.Figures.Recovered - Math.Max(whole, 0)));
            Assert.Equal(0, next.Figures.Imbalance);
            Assert.Equal(Enumerable.Range(0, Math.Max(whole, 0)), OneOutput.RecordsIn(next.Recovered.Coverage));
            Assert.Contains(next.Log.Warnings, w => w.Contains($"the {behind} records in the {behind} whole frames", StringComparison.Ordinal));
            if (whole != 0)
            {
                // The first frame told who the source is; without it nothing else here does.
                Assert.Equal(Frames * OneOutput.RecordLength, Assert.Single(next.Recovered.Coverage.Entries).SeenSize);
            }
        }
    }

    [Fact]
    public void Who_the_source_is_may_be_known_from_another_file()
    {
        var (chunk, ends) = Write();
        using (var output = new OneOutput(_disk, _clock))
        {
            output.Buffer.Positions.Fold(99, 1, OneOutput.Covers(50));
            output.Flip(chunk, ends[0] + 5);
        }

        using var next = new OneOutput(_disk, _clock);
        Assert.Equal([50], OneOutput.RecordsIn(next.Recovered.Coverage));
        Assert.Equal(Frames - 1, next.Figures.Dropped[DropReason.Reread]);
        Assert.Equal(60, Assert.Single(next.Recovered.Coverage.Entries).SeenSize);
    }

    [Fact]
    public void A_chunk_that_only_lacks_its_end_has_lost_nothing_that_could_be_counted()
    {
        var (chunk, ends) = Write();
        using (var file = _disk.Root.Open(chunk, writable: true))
        {
            file.Truncate(ends[^1] - 3);
        }

        using var next = new OneOutput(_disk, _clock);
        Assert.Equal((Frames - 1, 0), (next.Figures.Recovered, next.Figures.Dropped.Total));
    }

    /// <summary>Log lines may be made to look like frames: that costs a few lengths of the file, no more, and counts nothing.</summary>
    [Fact]
    public void What_only_looks_like_frames_is_not_checked_for_ever()
    {
        var disk = new SimulatedDisk();
        const int Length = 400_000;
        using (var file = disk.Root.Create("000000000001.chunk"))
        {
            var bytes = new byte[Length];
            for (var at = 0; at < Length - 20; at += 20)
            {
                "FRAM"u8.CopyTo(bytes.AsSpan(at));
                BitConverter.TryWriteBytes(bytes.AsSpan(at + 8), (Length - at) / 2);
            }

            file.Write(bytes, 0);
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var next = new OneOutput(disk, _clock);
        Assert.Equal(0, next.Figures.Recovered);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    /// <summary>A chunk of some frames of a record each; where its header and each frame end.</summary>
    private (string Chunk, List<long> Ends) Write()
    {
        using var output = new OneOutput(_disk, _clock);
        var ends = new List<long>();
        for (var record = 0; record < Frames; record++)
        {
            output.Append(record);
            ends.Add(_disk.Root.GetLength("000000000001.chunk"));
        }

        output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
        using var file = _disk.Root.Open("000000000001.chunk");
        using var reader = ChunkReader.Open(file, "")!;
        ends.Insert(0, reader.End);
        return ("000000000001.chunk", ends);
    }
}
