using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>What is deleted is deleted because its seq is done with, and for no other reason.</summary>
public sealed class SeqTests
{
    private static readonly string[] States = ["open", "closed", "sealed", "attempted", "quarantined"];
    private readonly ManualClock _clock = new();

    public static TheoryData<string, LossMode> StatesAndLosses()
    {
        var data = new TheoryData<string, LossMode>();
        foreach (var state in States)
        {
            data.Add(state, LossMode.ProcessCrash);
            data.Add(state, LossMode.PowerLoss);
        }

        return data;
    }

    /// <summary>S-133, the heart of it: something else says that the same bytes need no reading.</summary>
    [Theory]
    [MemberData(nameof(StatesAndLosses))]
    public void What_waits_is_kept_although_other_records_cover_the_same_bytes(string state, LossMode loss)
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            output.Append(0, 1);
            output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
            Bring(output, state);
            output.Buffer.Positions.Fold(output.Numbering.LastSeq + 50, 1, OneOutput.Covers(0, 1, 2));
        }

        using var next = new OneOutput(disk.Restart(3, loss), _clock);
        Assert.Equal(2, next.Figures.Recovered);
        Assert.Equal([0, 1, 2], OneOutput.RecordsIn(next.Recovered.Coverage));
    }

    /// <summary>An exclusion that came and went, any number of times, over what is pending.</summary>
    [Theory]
    [MemberData(nameof(StatesAndLosses))]
    public void Gaps_that_are_skipped_leave_what_is_pending_alone(string state, LossMode loss)
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            output.Append(1, 3);
            output.Buffer.SyncOpenChunks(output.Buffer.TakeDirty());
            Bring(output, state);
            output.Buffer.Positions.Skip(SkipReason.ExclusionOver, OneOutput.Covers(0, 2));
            output.Buffer.Positions.Skip(SkipReason.ExclusionOver, OneOutput.Covers(4));
        }

        for (var restart = 0; restart < 3; restart++)
        {
            disk = disk.Restart(restart, loss);
            using var next = new OneOutput(disk, _clock);
            Assert.Equal(2, next.Figures.Recovered);
            Assert.Equal([0, 1, 2, 3, 4], OneOutput.RecordsIn(next.Recovered.Coverage));
        }
    }

    /// <summary>What a power failure takes of a chunk is read again, whatever was skipped around it.</summary>
    [Fact]
    public void Pending_bytes_that_the_power_takes_are_a_gap_again()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using (var output = new OneOutput(disk, _clock))
            {
                output.Append(1, 3);
                output.Buffer.Positions.Skip(SkipReason.ExclusionOver, OneOutput.Covers(0, 2));
            }

            using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
            Assert.Equal(next.Figures.Recovered == 2 ? [0, 1, 2, 3] : [0, 2], OneOutput.RecordsIn(next.Recovered.Coverage));
        }
    }

    /// <summary>Stored, and the deletion was not durable: whatever the snapshot that says so by leaving it out.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_stored_is_deleted_after_any_number_of_restarts(int restarts)
    {
        var disk = new SimulatedDisk();
        byte[] copy;
        string name;
        using (var output = new OneOutput(disk, _clock))
        {
            var item = output.AppendSealed(0, 1);
            name = item.FileName;
            copy = output.Read(name);
            output.Buffer.Positions.Fold(item.Seq, item.OpenedAt, OneOutput.Covers(0, 1));
            output.Root.Delete(name);
        }

        for (; restarts > 0; restarts--)
        {
            using var between = new OneOutput(disk, _clock);
        }

        using (var file = disk.Root.Create(name))
        {
            file.Write(copy, 0);
        }

        using var next = new OneOutput(disk, _clock);
        Assert.Equal((0, 0), (next.Figures.Recovered, next.Buffer.Backlog.Count));
        Assert.DoesNotContain(name, next.Root.ListFiles());
        Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
    }

    /// <summary>
    /// A snapshot whose coverage is torn says of no seq that it is stored: else the object would go, and its sources be read
    /// again. Every byte of a <c>positions.new</c> that the power took before it was durable.
    /// </summary>
    [Fact]
    public void A_torn_snapshot_that_calls_an_object_stored_and_has_lost_its_coverage_is_not_believed()
    {
        var disk = new SimulatedDisk();
        byte[] before, after;
        using (var output = new OneOutput(disk, _clock))
        {
            before = output.Read(PositionsJournal.FileName);
            var item = output.AppendSealed(0, 1);
            output.Buffer.Positions.Fold(item.Seq, item.OpenedAt, OneOutput.Covers(0, 1));
            output.Buffer.Positions.EndFirstStart(new CoverageMap());
            after = output.Read(PositionsJournal.FileName);
            output.Root.Delete(PositionsJournal.PreviousName);
        }

        for (var at = 0; at < after.AsSpan().LastIndexOfAnyExcept((byte)0); at++)
        {
            var torn = disk.Restart(1, LossMode.ProcessCrash);
            after[at] ^= 0x55;
            Put(torn, PositionsJournal.FileName, before);
            Put(torn, PositionsJournal.NewName, after);
            after[at] ^= 0x55;

            using var next = new OneOutput(torn, _clock);
            Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
        }
    }

    /// <summary>A chunk or object that was copied by hand, or a reserve that came back under an old name.</summary>
    [Theory]
    [InlineData("open", "chunk")]
    [InlineData("sealed", "object")]
    [InlineData("attempted", "attempted")]
    public void A_copy_under_another_seq_is_not_delivered_and_told(string state, string extension)
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            output.Append(0, 1);
            Bring(output, state);
            var name = output.Root.ListFiles().Single(n => n.EndsWith("." + extension, StringComparison.Ordinal));
            using var file = output.Root.Create($"0000000000ff.{extension}");
            file.Write(output.Read(name), 0);
        }

        for (var restart = 0; restart < 2; restart++)
        {
            using var next = new OneOutput(disk, _clock);
            Assert.Equal(2, next.Figures.Recovered);
            Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
            Assert.Contains("0000000000ff.quarantined", next.Root.ListFiles());
            Assert.Equal(restart == 0 ? 1 : 0, next.Log.Warnings.Count(w => w.Contains("its header has the number of another file", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("object", "attempted", 1)]
    [InlineData("attempted", "quarantined", 0)]
    [InlineData("object", "quarantined", 0)]
    public void Of_two_objects_of_one_seq_the_one_farther_on_its_way_stays(string first, string second, int waiting)
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            var item = output.AppendSealed(0, 1);
            var bytes = output.Read(item.FileName);
            output.Root.Delete(item.FileName);
            foreach (var extension in (string[])[first, second])
            {
                using var file = output.Root.Create($"000000000001.{extension}");
                file.Write(bytes, 0);
            }
        }

        using var next = new OneOutput(disk, _clock);
        Assert.Equal((2, waiting), (next.Figures.Recovered, next.Buffer.Backlog.Count));
        Assert.True(waiting == 0 || next.Buffer.Backlog.TakeForUpload()!.Attempted);
        Assert.Contains($"000000000001.{second}", next.Root.ListFiles());
        Assert.DoesNotContain($"000000000001.{first}", next.Root.ListFiles());
    }

    /// <summary>Found in the attack: the seq of a copy was drawn past the journal, whose next snapshot called it stored.</summary>
    [Fact]
    public void A_copy_under_a_new_key_survives_snapshots_and_restarts()
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            var item = output.AppendSealed(0);
            ObjectFile.CopyWithNewKey(output.Root, item.FileName, output.Buffer.Positions);
            output.Buffer.Positions.GiveUp(item.Seq);
            output.Root.Delete(item.FileName);
            output.Append(1);
            output.Buffer.Positions.EndFirstStart(new CoverageMap());
        }

        using var next = new OneOutput(disk, _clock);
        Assert.Equal(2, next.Figures.Recovered);
        Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
    }

    private static void Put(SimulatedDisk disk, string name, byte[] bytes)
    {
        disk.Root.Delete(name);
        using var file = disk.Root.Create(name);
        file.Write(bytes, 0);
    }

    private static void Bring(OneOutput output, string state)
    {
        if (state == "open")
        {
            return;
        }

        output.Buffer.CloseAll();
        if (state == "closed")
        {
            return;
        }

        output.Sealer.SealNext();
        var item = output.Buffer.Backlog.TakeForUpload()!;
        if (state != "sealed")
        {
            output.Root.Rename(item.FileName, FileNames.Format(item.Seq, state == "attempted" ? FileState.Attempted : FileState.Quarantined));
            output.Root.Sync();
        }
    }
}
