using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Diagnostics;
using Collector.Pipeline.Tests.Tailing;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Running;

/// <summary>A loss that no scrape has shown is in the counters of the next life; one that was told long ago is not.</summary>
public sealed class LossFileTests : IDisposable
{
    private static readonly TimeSpan Long = LossFile.ToldOn + TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly CapturedLog _log = new();
    private SimulatedDisk _disk = new();
    private CollectorMetrics _metrics;
    private LossFile _losses;

    public LossFileTests()
    {
        _metrics = new CollectorMetrics(_clock, "", "");
        _losses = LossFile.Open(_disk.Root, _metrics.Books, _clock, _log);
    }

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void A_life_that_loses_nothing_writes_nothing()
    {
        Exposition.Of(_metrics);
        _metrics.Books.LostBytes(BytesLostReason.RotatedAway, 0);
        _losses.Keep();

        Assert.Empty(_disk.Root.ListFiles());
    }

    /// <summary>Lives of five seconds between two scrapes, each with a loss of its own or none.</summary>
    [Theory]
    [InlineData(LossMode.ProcessCrash)]
    [InlineData(LossMode.PowerLoss)]
    public void What_lives_lost_that_no_scrape_has_seen_is_in_the_next_ones_counters(LossMode mode)
    {
        Lose(bytes: 100, files: 1);
        for (var life = 0; life < 500; life++)
        {
            Restart(mode, TimeSpan.FromSeconds(5));
        }

        Lose(bytes: 11, files: 0);
        Restart(mode, TimeSpan.FromSeconds(5));

        AssertShown(bytes: 111, files: 1);
    }

    [Fact]
    public void What_was_told_is_told_on_as_long_as_the_alerts_look_back_and_no_longer()
    {
        Lose(bytes: 100, files: 1);
        AssertShown(bytes: 100, files: 1);
        _losses.Keep();
        Restart(LossMode.ProcessCrash, LossFile.ToldOn - TimeSpan.FromSeconds(1));
        AssertShown(bytes: 100, files: 1);
        _losses.Keep();
        Restart(LossMode.ProcessCrash, TimeSpan.FromSeconds(2));

        AssertShown(bytes: 0, files: 0);
    }

    [Fact]
    public void A_loss_that_comes_after_a_scrape_is_still_to_be_told()
    {
        Lose(bytes: 100, files: 0);
        AssertShown(bytes: 100, files: 0);
        Lose(bytes: 1, files: 0);
        Restart(LossMode.ProcessCrash, Long);

        AssertShown(bytes: 101, files: 0);
    }

    [Fact]
    public void A_loss_during_a_scrape_is_still_to_be_told()
    {
        Lose(bytes: 100, files: 0);
        var shown = _metrics.Books.Snapshot();
        Lose(bytes: 1, files: 0);
        _metrics.Books.Told(shown);
        Restart(LossMode.ProcessCrash, Long);

        AssertShown(bytes: 101, files: 0);
    }

    /// <summary>I6: whether or not the counters begin at 0 since.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(3600)]
    public void A_file_that_stays_unreadable_is_counted_once_and_forgotten_when_no_run_meets_it_for_a_month(int seconds)
    {
        Assert.True(_metrics.Books.LostUnreadable("app\n/var/log/fifo", 7));
        Assert.Equal(7, Exposition.Of(_metrics)["collector_bytes_lost_total{reason=\"unreadable\"}"]);
        for (var day = 0; day < 40; day++)
        {
            _losses.Keep();
            Restart(LossMode.PowerLoss, TimeSpan.FromSeconds(seconds));
            Restart(LossMode.PowerLoss, TimeSpan.FromDays(1));
            Assert.False(_metrics.Books.LostUnreadable("app\n/var/log/fifo", 7));
        }

        _losses.Keep();
        Assert.True(_metrics.Books.LostUnreadable("app\n/var/log/other", 0));
        Restart(LossMode.ProcessCrash, CountedFiles.Kept + TimeSpan.FromSeconds(1));
        Assert.True(_metrics.Books.LostUnreadable("app\n/var/log/fifo", 7));
    }

    [Fact]
    public void A_run_that_meets_the_same_files_writes_nothing()
    {
        _metrics.Books.LostUnreadable("app\n/var/log/fifo", 0);
        _losses.Keep();
        Restart(LossMode.ProcessCrash, TimeSpan.FromSeconds(5));
        _disk.FailAt(_disk.Operations + 1, DiskFault.CrashBefore);
        _metrics.Books.LostUnreadable("app\n/var/log/fifo", 0);
        _losses.Keep();
    }

    /// <summary>Pods may create such files without end.</summary>
    [Fact]
    public void Of_too_many_unreadable_files_the_one_that_was_met_longest_ago_is_forgotten()
    {
        for (var i = 0; i <= CountedFiles.Most; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(_metrics.Books.LostUnreadable($"{i}", 0));
        }

        _losses.Keep();
        Restart(LossMode.ProcessCrash, TimeSpan.Zero);
        Assert.False(_metrics.Books.LostUnreadable($"{CountedFiles.Most}", 0));
        Assert.False(_metrics.Books.LostUnreadable("1", 0));
        Assert.True(_metrics.Books.LostUnreadable("0", 0));
    }

    [Fact]
    public void One_that_0_1_0_has_written_has_no_list_of_files()
    {
        using var bytes = new ByteBuffer();
        var start = Envelope.Begin(bytes, Envelope.Magic("LOSS"u8));
        bytes.WriteUInt16(Envelope.Version);
        bytes.WriteInt64(0);
        bytes.WriteVarint(1);
        bytes.WriteString("rotated_away");
        bytes.WriteInt64(100);
        bytes.WriteVarint(0);
        Envelope.End(bytes, start);
        Put(bytes.Written.ToArray());
        Restart(LossMode.ProcessCrash, TimeSpan.Zero);

        AssertShown(bytes: 100, files: 0);
        Assert.Empty(_log.Warnings);
    }

    /// <summary>Contract §5: what is kept is no part of it.</summary>
    [Fact]
    public void The_books_of_the_outputs_begin_anew_and_balance()
    {
        _metrics.Books.Output("o").Recovered(7, 70, BufferState.Sealed);
        _metrics.Books.Output("o").Dropped(7, 70, BufferState.Sealed, DropReason.BufferFull);
        Lose(bytes: 100, files: 1);
        Restart(LossMode.ProcessCrash, TimeSpan.FromSeconds(5));

        _metrics.Books.Output("o");
        var figures = Assert.Single(_metrics.Books.Snapshot().Outputs).Figures;
        Assert.Equal((0, 0, 0), (figures.Recovered, figures.Dropped.Total, figures.Imbalance));
    }

    [Fact]
    public void Any_damage_is_one_warning_and_the_counters_begin_at_0()
    {
        Lose(bytes: 100, files: 1);
        var whole = Bytes();
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var damaged in (byte[][])[[.. whole[..at], (byte)(whole[at] ^ 0x10), .. whole[(at + 1)..]], whole[..at]])
            {
                Put(damaged);
                Restart(LossMode.ProcessCrash, TimeSpan.FromSeconds(5));
                AssertShown(bytes: 0, files: 0);
            }
        }

        Assert.Equal(2 * whole.Length, _log.Warnings.Count(w => w.Contains("losses is damaged", StringComparison.Ordinal)));

        // What is lost from then on is kept again.
        Lose(bytes: 5, files: 0);
        Restart(LossMode.ProcessCrash, TimeSpan.FromSeconds(5));
        AssertShown(bytes: 5, files: 0);
    }

    [Fact]
    public void One_that_a_newer_collector_has_written_ends_the_start()
    {
        using var bytes = new ByteBuffer();
        var start = Envelope.Begin(bytes, Envelope.Magic("LOSS"u8));
        bytes.WriteUInt16(Envelope.Version + 1);
        Envelope.End(bytes, start);
        Put(bytes.Written.ToArray());

        Assert.Throws<FormatVersionException>(() => Restart(LossMode.ProcessCrash, TimeSpan.Zero));
    }

    /// <summary>At every change of the disk: the counters are those of before or those of now.</summary>
    [Fact]
    public void A_crash_while_it_is_written_leaves_one_of_the_two()
    {
        var at = 1;
        for (var hasCrashed = true; hasCrashed; at++)
        {
            Lose(bytes: 1, files: 0);
            var before = _metrics.Books.Snapshot().Losses.Bytes.Total;
            _metrics.Books.LostBytes(BytesLostReason.RotatedAway, 1000);
            _disk.FailAt(_disk.Operations + at, DiskFault.CrashBefore);
            hasCrashed = Record.Exception(_losses.Keep) is not null;
            Restart(LossMode.PowerLoss, TimeSpan.FromSeconds(5));

            Assert.Contains(_metrics.Books.Snapshot().Losses.Bytes.Total, (long[])[before, before + 1000]);
        }

        Assert.True(at > 5, $"it was written with {at - 2} changes");
        Assert.Empty(_log.Warnings);
    }

    private void Lose(long bytes, long files)
    {
        _metrics.Books.LostBytes(BytesLostReason.RotatedAway, bytes);
        _metrics.Books.LostFiles(FilesLostReason.GenerationGone, files);
        _losses.Keep();
    }

    private void Restart(LossMode mode, TimeSpan after)
    {
        _clock.Advance(after);
        _metrics.Dispose();
        _metrics = new CollectorMetrics(_clock, "", "");
        _disk = _disk.Restart(1, mode);
        _losses = LossFile.Open(_disk.Root, _metrics.Books, _clock, _log);
    }

    private void AssertShown(long bytes, long files)
    {
        var page = Exposition.Of(_metrics);
        Assert.Equal(bytes, page["collector_bytes_lost_total{reason=\"rotated_away\"}"]);
        Assert.Equal(files, page["collector_files_lost_total{reason=\"generation_gone\"}"]);
    }

    private byte[] Bytes()
    {
        using var file = _disk.Root.Open(LossFile.Name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    private void Put(ReadOnlySpan<byte> bytes) => _disk.Root.Replace(LossFile.Name, bytes);
}
