using System.Buffers.Binary;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Buffer;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Positions;

public sealed class PositionsJournalTests
{
    private const int Folds = 4;
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private IStorageDirectory Root => _disk.Root;

    [Fact]
    public void A_byte_that_is_damaged_costs_no_more_than_the_record_it_is_in()
    {
        var length = WriteFolds();
        var records = RecordsOf(Read(PositionsJournal.FileName).AsSpan(0, length));
        Root.Delete(PositionsJournal.PreviousName);
        for (var at = 0; at < length; at++)
        {
            Flip(PositionsJournal.FileName, at);
            var loaded = LoadedPositions.Load(Root);
            Flip(PositionsJournal.FileName, at);

            var damaged = records.FindIndex(r => at < r.End);
            var lost = records[damaged].Fold;
            Assert.Equal(Enumerable.Range(1, Folds).Where(fold => fold != lost), FoldsIn(loaded));
            Assert.Contains($"bytes {records[damaged].From} to", Assert.Single(loaded.Damage), StringComparison.Ordinal);
        }

        Assert.Empty(LoadedPositions.Load(Root).Damage);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3)]
    [InlineData(0)]
    public void A_journal_that_is_cut_off_anywhere_keeps_what_is_in_front(int at)
    {
        var length = WriteFolds();
        var records = RecordsOf(Read(PositionsJournal.FileName).AsSpan(0, length));
        Root.Delete(PositionsJournal.PreviousName);
        at = Math.Min(at, length - 1);
        using (var file = Root.Open(PositionsJournal.FileName, writable: true))
        {
            file.Truncate(at);
        }

        Assert.Equal(records.Where(r => r.Fold > 0 && r.End <= at).Select(r => r.Fold), FoldsIn(LoadedPositions.Load(Root)));
    }

    /// <summary>S-59.</summary>
    [Theory]
    [InlineData("corrupt")]
    [InlineData("truncated")]
    [InlineData("empty")]
    [InlineData("zeros")]
    [InlineData("missing")]
    public void When_the_positions_cannot_be_read_the_previous_copy_is_used_and_a_warning_told(string how)
    {
        WriteFolds();
        using (Open())
        {
            // Opening rewrites: what was there is the previous copy now.
        }

        Damage(how);
        var log = new ListLogger();
        var loaded = new OutputRecovery(Root, log).Load();

        Assert.Equal(Enumerable.Range(1, Folds), FoldsIn(loaded));
        Assert.NotEmpty(loaded.Damage);
        Assert.NotEmpty(log.Warnings);
        Assert.Equal(100 + Folds, loaded.HighestSeq);
    }

    [Fact]
    public void A_rewrite_that_a_crash_has_cut_short_is_no_damage()
    {
        WriteFolds();
        using (var file = Root.Create(PositionsJournal.NewName))
        {
            file.Write([1, 2, 3], 0);
        }

        var loaded = LoadedPositions.Load(Root);

        Assert.Empty(loaded.Damage);
        Assert.Equal(Enumerable.Range(1, Folds), FoldsIn(loaded));
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_refused()
    {
        WriteFolds();
        using (var file = Root.Open(PositionsJournal.FileName, writable: true))
        {
            var header = new byte[RecordsOf(Read(PositionsJournal.FileName))[0].End];
            file.Read(header, 0);
            header[Envelope.HeaderLength] = Envelope.Version + 1;
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Crc32C.Compute([.. header[4..8], .. header[Envelope.HeaderLength..]]));
            file.Write(header, 0);
        }

        Assert.Throws<FormatVersionException>(() => LoadedPositions.Load(Root));
    }

    [Fact]
    public void What_was_folded_survives_a_power_loss_at_once()
    {
        WriteFolds();
        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Equal(Enumerable.Range(1, Folds), FoldsIn(LoadedPositions.Load(_disk.Restart(seed, LossMode.PowerLoss).Root)));
        }
    }

    [Fact]
    public void A_failed_fsync_is_not_repeated_but_the_state_written_anew()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            // What a failed fsync takes is drawn when it fails.
            var disk = new SimulatedDisk(seed);
            using var journal = Open(disk);
            disk.FailAt(disk.Operations + 2, DiskFault.Io);
            Assert.Throws<StorageException>(() => journal.Fold(101, 1, Coverage(1)));
            journal.Fold(101, 1, Coverage(1));

            Assert.Equal([1], FoldsIn(LoadedPositions.Load(disk.Restart(seed, LossMode.PowerLoss).Root)));
        }
    }

    [Fact]
    public void A_skip_that_failed_leaves_a_gap_that_can_be_skipped_again()
    {
        using var journal = Open();
        journal.Fold(101, 1, Coverage(1));
        _disk.FailAt(_disk.Operations + 1, DiskFault.Io);
        Assert.Throws<StorageException>(() => journal.Skip(SkipReason.ExclusionOver, Coverage(2)));
        Assert.False(journal.Contains(Coverage(2)));

        journal.Skip(SkipReason.ExclusionOver, Coverage(2));
        Assert.True(journal.Contains(Coverage(2)));
        Assert.Equal([1, 2], FoldsIn(LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root)));
    }

    /// <summary>I6: an exception that nobody foresaw parks what it ended, which is then tried again.</summary>
    [Fact]
    public void A_skip_that_failed_in_any_other_way_leaves_the_same_gap()
    {
        using var journal = Open();
        Assert.Throws<OverflowException>(() => journal.Skip(SkipReason.ExclusionOver, Coverage(2), (_, _) => throw new OverflowException()));
        Assert.False(journal.Contains(Coverage(2)));

        journal.Skip(SkipReason.ExclusionOver, Coverage(2));
        Assert.Equal([2], FoldsIn(LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root)));
    }

    [Theory]
    [InlineData(DiskFault.CrashBefore, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashInside, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashBefore, LossMode.PowerLoss)]
    [InlineData(DiskFault.CrashInside, LossMode.PowerLoss)]
    public void A_first_start_is_done_with_all_that_it_passed_over_or_not_at_all(DiskFault fault, LossMode loss)
    {
        var passedOver = new CoverageMap();
        Enumerable.Range(1, 50).ToList().ForEach(id => passedOver.Add(Coverage(id)));
        var outcomes = new HashSet<bool>();
        for (var seed = 0; seed < 400; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using var journal = Open(disk);
            disk.FailAt(disk.Operations + 1 + (seed % 10), fault);
            try
            {
                journal.EndFirstStart(passedOver);
            }
            catch (SimulatedCrashException)
            {
            }

            var loaded = LoadedPositions.Load(disk.Restart(seed, loss).Root);

            Assert.True(!loaded.FirstStartDone || loaded.Coverage.Contains(passedOver), $"seed {seed}");
            outcomes.Add(loaded.FirstStartDone);
        }

        Assert.Equal(2, outcomes.Count);
    }

    /// <summary>A part of I15: folding goes on with not a byte free, and after a restart in that state.</summary>
    [Fact]
    public void On_a_full_disk_folding_goes_on_in_the_room_that_is_allocated()
    {
        WriteFolds();
        _disk.CapacityBytes = _disk.UsedBytes;
        using (var journal = Open())
        {
            journal.Fold(110, 1, Coverage(10));
        }

        var next = _disk.Restart(1, LossMode.PowerLoss);
        var loaded = LoadedPositions.Load(next.Root);
        Assert.Equal([.. Enumerable.Range(1, Folds), 10], FoldsIn(loaded));
        Assert.Empty(loaded.Damage);
    }

    /// <summary>An output that is new on a full disk: the process starts, so that the others can drain.</summary>
    [Fact]
    public void A_first_journal_that_has_no_room_is_written_by_the_first_change_that_finds_some()
    {
        var capacity = _disk.CapacityBytes;
        _disk.CapacityBytes = _disk.UsedBytes;
        using (var journal = Open())
        {
            Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => journal.Fold(101, 1, Coverage(1))).Error);
            _disk.CapacityBytes = capacity;
            journal.Fold(101, 1, Coverage(1));
        }

        Assert.Equal([1], FoldsIn(LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root)));
    }

    /// <summary>
    /// What a damaged journal lacks has no room behind it: the process starts, so that the others can drain, and nothing is forgotten
    /// (found by <c>hack/torture.sh 200</c>: the start ended with exit code 3).
    /// </summary>
    [Fact]
    public void A_damaged_journal_that_has_no_room_for_what_it_lacks_is_written_when_there_is_some()
    {
        var length = WriteFolds();
        Open().Dispose();
        Flip(PositionsJournal.FileName, length - 1);
        _disk.FailAt(_disk.Operations + 1, DiskFault.NoSpace, times: 12);
        using (var journal = Open())
        {
            Assert.All(Enumerable.Range(1, Folds), fold => Assert.True(journal.Contains(Coverage(fold))));
            Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => journal.Fold(110, 1, Coverage(10))).Error);
            while (Record.Exception(() => journal.Fold(110, 1, Coverage(10))) is StorageException { Error: StorageError.Full })
            {
            }
        }

        Assert.Equal([.. Enumerable.Range(1, Folds), 10], FoldsIn(LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root)));
    }

    [Fact]
    public void A_journal_that_has_grown_long_is_rewritten_with_what_still_counts()
    {
        using var journal = Open();
        for (var i = 0; i < 12_000; i++)
        {
            journal.Fold(i, 1, Coverage((i % 50) + 1));
        }

        var loaded = LoadedPositions.Load(Root);
        Assert.Equal(Enumerable.Range(1, 50), FoldsIn(loaded));
        Assert.True(Root.GetLength(PositionsJournal.FileName) < 2_000_000);
    }

    [Fact]
    public void A_generation_that_is_forgotten_or_ended_stays_so()
    {
        using (var journal = Open())
        {
            journal.Fold(101, 1, Coverage(1));
            journal.Fold(102, 1, Coverage(2));
            journal.End(new GenerationId(2));
            journal.Forget(new GenerationId(1));
            journal.Fold(103, 1, Coverage(3));
        }

        var loaded = LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root);
        Assert.Equal([2, 3], FoldsIn(loaded));
        Assert.Equal([new GenerationId(2)], loaded.Ended.Keys);
    }

    /// <summary>When a generation lost its bytes is known after a restart, also from a snapshot; a loss that was taken back has no time.</summary>
    [Theory]
    [InlineData(false, 0, 5_000)]
    [InlineData(true, 0, NotedEnd.FoundAgain)]
    [InlineData(true, 4_000, 4_000)]
    public void A_generations_loss_keeps_its_time_until_it_is_found_again(bool isFound, long lostAgainAt, long lostAt)
    {
        var disk = _disk;
        for (var life = 0; life < 3; life++)
        {
            using var journal = Open(disk);
            journal.End(new GenerationId(2), lostAt: life == 0 ? 5_000 : 0, loss: number => "{}"u8.ToArray());
            if (isFound && life == 0)
            {
                journal.EndAgain(new GenerationId(2), NotedEnd.FoundAgain);
                journal.End(new GenerationId(2), lostAt: lostAgainAt);
            }

            journal.Sync();
            disk = disk.Restart(1, LossMode.PowerLoss);
            Assert.Equal(new NotedEnd(GenerationEnd.Whole, lostAt), LoadedPositions.Load(disk.Root).Ended[new GenerationId(2)]);
        }
    }

    /// <summary>What was looked for again and not found is counted as lost, once.</summary>
    [Theory]
    [InlineData(GenerationEnd.Whole, GenerationEnd.Incomplete)]
    [InlineData(GenerationEnd.Incomplete, GenerationEnd.Whole)]
    public void A_generation_that_ended_incomplete_stays_so(GenerationEnd first, GenerationEnd second)
    {
        using (var journal = Open())
        {
            journal.End(new GenerationId(2), first);
            journal.End(new GenerationId(2), second);
            journal.Fold(101, 1, Coverage(1));
        }

        Assert.Equal(GenerationEnd.Incomplete, LoadedPositions.Load(_disk.Restart(1, LossMode.PowerLoss).Root).Ended[new GenerationId(2)].End);
    }

    private static CoverageMap Coverage(int id)
    {
        var map = new CoverageMap();
        map.GetOrAdd(new GenerationIdentity(new GenerationId((ulong)id), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8))).Add(0, 100 + id, default);
        return map;
    }

    private static IEnumerable<int> FoldsIn(LoadedPositions loaded) => loaded.Coverage.Entries
        .Where(e => e.Intervals.Contains(0, 100 + (long)e.Identity.Id.Value)).Select(e => (int)e.Identity.Id.Value).Order();

    /// <summary>Where each record ends, and which fold it is (0: none).</summary>
    private static List<(int From, int End, int Fold)> RecordsOf(ReadOnlySpan<byte> journal)
    {
        var records = new List<(int, int, int)>();
        var fold = 0;
        for (var at = 0; at < journal.Length && journal[at] != 0;)
        {
            var end = at + Envelope.HeaderLength + BinaryPrimitives.ReadInt32LittleEndian(journal[(at + 4)..]);
            records.Add((at, end, journal[at..].StartsWith("PFLD"u8) ? ++fold : 0));
            at = end;
        }

        return records;
    }

    private PositionsJournal Open() => Open(_disk);

    private PositionsJournal Open(SimulatedDisk disk)
    {
        var loaded = LoadedPositions.Load(disk.Root);
        var numbering = new Numbering(7, _clock);
        numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
        var journal = new PositionsJournal(disk.Root, numbering, loaded);
        journal.Open();
        return journal;
    }

    /// <summary>A header and some folds; returns where they end.</summary>
    private int WriteFolds()
    {
        using (var journal = Open())
        {
            for (var fold = 1; fold <= Folds; fold++)
            {
                journal.Fold(100 + fold, 1000 + fold, Coverage(fold));
            }
        }

        return RecordsOf(Read(PositionsJournal.FileName))[^1].End;
    }

    private void Damage(string how)
    {
        using var file = Root.Open(PositionsJournal.FileName, writable: true);
        var length = file.Length;
        switch (how)
        {
            case "corrupt":
                var noise = new byte[length];
                new Random(1).NextBytes(noise);
                file.Write(noise, 0);
                break;
            case "truncated":
                file.Truncate(17);
                break;
            case "zeros":
                file.Write(new byte[length], 0);
                break;
            case "missing":
                Root.Delete(PositionsJournal.FileName);
                break;
            default:
                file.Truncate(0);
                break;
        }
    }

    private byte[] Read(string name)
    {
        using var file = Root.Open(name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    private void Flip(string name, int at)
    {
        using var file = Root.Open(name, writable: true);
        Span<byte> one = stackalloc byte[1];
        file.Read(one, at);
        one[0] ^= 0xff;
        file.Write(one, at);
    }
}
