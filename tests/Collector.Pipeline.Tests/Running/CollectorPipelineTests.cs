using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Upload;
using Collector.Pipeline.Upload;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Pipeline.Tests.Running;

public sealed class CollectorPipelineTests : IDisposable
{
    private static readonly TimeSpan ShortGrace = TimeSpan.FromMilliseconds(300);
    private readonly PipelineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Once_reads_all_that_is_there_delivers_it_and_ends()
    {
        _bench.Write("one", "two");
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));

        _bench.Write("three");
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));
        Assert.Equal(["one", "two", "three"], _bench.Store("o").Lines);
    }

    [Fact]
    public async Task Once_is_incomplete_while_the_store_is_down_and_the_next_run_delivers()
    {
        _bench.Grace = ShortGrace;
        _bench.Write("one", "two");
        _bench.Store("o").Script = _ => StoreAnswer.Refuse(PutStatus.Unavailable);
        Assert.Equal(PipelineEnd.Incomplete, await _bench.RunOnceAsync("o"));

        _bench.Store("o").Script = _ => StoreAnswer.Store;
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));
        Assert.Equal(["one", "two"], _bench.Store("o").Lines);
        Assert.Equal(2, _bench.Figures("o").Recovered);
    }

    [Fact]
    public async Task Once_that_is_stopped_before_it_has_read_everything_is_incomplete()
    {
        _bench.Write("one");
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Assert.Equal(PipelineEnd.Incomplete, await _bench.RunAsync(isOnce: true, _ => { }, stop.Token, CancellationToken.None, "o"));
    }

    [Fact]
    public async Task A_stop_reads_to_the_end_seals_and_delivers()
    {
        using var stop = new CancellationTokenSource();
        _bench.Write("one");
        var end = await _bench.RunAsync(
            isOnce: false,
            books =>
            {
                PipelineBench.WaitUntil("the first line is read", () => books.Snapshot().Outputs.Single().Figures.Matched == 1);
                _bench.Write("two", "three");
                stop.Cancel();
            },
            stop.Token,
            CancellationToken.None,
            "o");

        Assert.Equal(PipelineEnd.Done, end);
        Assert.Equal(["one", "two", "three"], _bench.Store("o").Lines);
    }

    [Fact]
    public async Task A_stop_while_the_store_hangs_ends_after_the_grace_with_all_of_it_on_disk()
    {
        _bench.Grace = ShortGrace;
        using var stop = new CancellationTokenSource();
        _bench.Write("one");
        _bench.Store("o").Script = _ => StoreAnswer.HangForever;
        var end = await _bench.RunAsync(
            isOnce: false,
            books =>
            {
                PipelineBench.WaitUntil("the line is read", () => books.Snapshot().Outputs.Single().Figures.Matched == 1);
                stop.Cancel();
            },
            stop.Token,
            CancellationToken.None,
            "o");

        Assert.Equal(PipelineEnd.Done, end);
        Assert.Equal(1, Assert.Single(BufferReport.Read(_bench.DataDir)).Records);
    }

    [Fact]
    public async Task The_status_says_that_reading_is_over_and_how_long_uploads_go_on()
    {
        using var stop = new CancellationTokenSource();
        using var hardStop = new CancellationTokenSource();
        _bench.Write("one");
        _bench.Store("o").Script = _ => StoreAnswer.Hang;
        EndingStatus? before = null, after = null;
        await _bench.RunAsync(
            isOnce: false,
            books =>
            {
                PipelineBench.WaitUntil("the line is read", () => books.Snapshot().Outputs.Single().Figures.Matched == 1);
                before = Ending();
                stop.Cancel();
                PipelineBench.WaitUntil("reading is over", () => (after = Ending()) is { IsReadingOver: true });
                hardStop.Cancel();
            },
            stop.Token,
            hardStop.Token,
            "o");

        Assert.Null(before);
        Assert.InRange(after!.Left!.Value, TimeSpan.Zero, _bench.Grace);

        EndingStatus? Ending() => _bench.Pipeline!.StatusAsync(CancellationToken.None).GetAwaiter().GetResult().Ending;
    }

    /// <summary>Another's turn of an output's uploads is far longer than the grace: only the second signal ends it.</summary>
    [Fact]
    public async Task A_hard_stop_ends_the_drain_at_once()
    {
        _bench.Grace = TimeSpan.FromHours(1);
        using var stop = new CancellationTokenSource();
        using var hardStop = new CancellationTokenSource();
        _bench.Write("one");
        _bench.Store("o").Script = _ => StoreAnswer.Hang;
        var end = await _bench.RunAsync(
            isOnce: false,
            books =>
            {
                PipelineBench.WaitUntil("the line is read", () => books.Snapshot().Outputs.Single().Figures.Matched == 1);
                stop.Cancel();
                PipelineBench.WaitUntil("it is being sent", () => _bench.Store("o").Calls.Count == 1);
                hardStop.Cancel();
            },
            stop.Token,
            hardStop.Token,
            "o");

        Assert.Equal(PipelineEnd.Done, end);
    }

    /// <summary>I12: whichever kind of loop dies, its reason is told, and the others are asked to stop.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_that_dies_tells_its_reason_and_stops_the_others(bool onThread)
    {
        using var failed = new CancellationTokenSource();
        var log = new RecordingLogger();
        var watch = new LoopWatch(new Health(TimeProvider.System), TimeSpan.FromMinutes(1), failed, log);

        await (onThread ? watch.StartThread("tail", _ => throw new FormatException("a bug")) : watch.StartTask("tail", _ => throw new FormatException("a bug")));

        Assert.True(watch.HasFailed);
        Assert.True(failed.IsCancellationRequested);
        var told = Assert.Single(log.Entries, e => e.Level == LogLevel.Critical);
        Assert.Contains("the loop tail died", told.Text, StringComparison.Ordinal);
        Assert.Contains("a bug", told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_an_output_that_is_gone_is_named_counted_and_delivered_when_it_is_back()
    {
        _bench.Grace = ShortGrace;
        _bench.Write("one", "two");
        _bench.Store("gone").Script = _ => StoreAnswer.Refuse(PutStatus.Unavailable);
        await _bench.RunOnceAsync("gone", "o");

        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));
        Assert.Equal(1, _bench.Log.Count($"2 records wait in the buffer for output gone, which is not configured; configure the output again to deliver them, or drop them with: collector buffer drop --output gone --data-dir {_bench.DataDir}"));
        Assert.Equal(2, _bench.Figures("gone").BufferRecords[BufferState.Sealed]);

        _bench.Store("gone").Script = _ => StoreAnswer.Store;
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o", "gone"));
        Assert.Equal(["one", "two"], _bench.Store("gone").Lines);
        Assert.Equal(["one", "two"], _bench.Store("o").Lines);
    }

    [Fact]
    public async Task Damaged_positions_draw_new_instance_bits()
    {
        _bench.Write("one");
        await _bench.RunOnceAsync("o");
        var before = InstanceOf(_bench.Store("o").Keys[^1]);
        _bench.Write("two");
        await _bench.RunOnceAsync("o");
        Assert.Equal(before, InstanceOf(_bench.Store("o").Keys[^1]));

        var positions = Path.Join(_bench.DataDir, "outputs/o/positions");
        var bytes = File.ReadAllBytes(positions);
        bytes[14]++;
        File.WriteAllBytes(positions, bytes);
        _bench.Write("three");
        await _bench.RunOnceAsync("o");
        Assert.NotEqual(before, InstanceOf(_bench.Store("o").Keys[^1]));
        Assert.Equal("three", _bench.Store("o").Lines[^1]);
    }

    [Fact]
    public async Task A_newer_collectors_data_dir_is_not_touched()
    {
        _bench.Write("one");
        await _bench.RunOnceAsync("o");
        using var newer = new ByteBuffer();
        var start = Envelope.Begin(newer, Envelope.Magic("CHNK"u8));
        newer.WriteUInt16(Envelope.Version + 1);
        Envelope.End(newer, start);
        File.WriteAllBytes(Path.Join(_bench.DataDir, "outputs/o/00000000ffff.chunk"), newer.Written.ToArray());
        var before = _bench.Snapshot();

        await Assert.ThrowsAsync<FormatVersionException>(() => _bench.RunOnceAsync("new", "o"));
        Assert.Equal(before, _bench.Snapshot());
    }

    private static string InstanceOf(string key) => key[(key.LastIndexOf('-') + 13)..key.LastIndexOf('.')];
}
