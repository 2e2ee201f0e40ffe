using Collector.Pipeline.Diagnostics;
using Collector.Testing.Processes;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Diagnostics;

/// <summary>I4: the books balance, per output and per source, at every scrape.</summary>
public sealed class BooksTests
{
    private readonly Books _books = new(new ManualClock());

    [Fact]
    public void A_turn_is_booked_over_sources_and_outputs_and_the_tally_is_empty_again()
    {
        var source = _books.Source("s");
        var output = _books.Output("o");
        var turn = new TurnTally();
        turn.GetOrAdd(source).Records = 10;
        turn.GetOrAdd(source).Bytes = 1000;
        turn.GetOrAdd(source).Excluded[ExclusionReason.Annotation] = 2;
        turn.GetOrAdd(source).Unmatched = 3;
        turn.GetOrAdd(source).InvalidUtf8 = 1;
        turn.GetOrAdd(output).Records = 5;
        turn.GetOrAdd(output).Bytes = 700;

        _books.Commit(turn);
        _books.Commit(turn);

        var read = _books.Snapshot().Sources[0].Figures;
        Assert.Equal((10, 1000, 2, 3, 1, 5), (read.Records, read.Bytes, read.Excluded.Total, read.Unmatched, read.InvalidUtf8, read.Matched));
        var account = _books.Snapshot().Outputs[0].Figures;
        Assert.Equal((5, 5, 700), (account.Matched, account.BufferRecords[BufferState.Open], account.BufferBytes[BufferState.Open]));
    }

    [Fact]
    public void Records_move_through_the_buffer_and_every_step_balances()
    {
        var output = _books.Output("o");
        var turn = new TurnTally();
        turn.GetOrAdd(output).Records = 100;
        turn.GetOrAdd(output).Bytes = 10_000;
        Action[] steps =
        [
            () => output.Recovered(50, 500, BufferState.Sealed),
            () => _books.Commit(turn),
            () => output.Sealed(100, 10_000, 1_200),
            () => output.Uploaded(50, 500, 450),
            () => output.Quarantined(30, 400),
            () => output.Dropped(60, 700, BufferState.Sealed, DropReason.BufferFull),
            () => output.GivenBack(10, 100, BufferState.Sealed),
        ];

        foreach (var step in steps)
        {
            step();
            Assert.Equal(0, Account().Imbalance);
        }

        var end = Account();
        Assert.Equal((0, 0, 30), (end.BufferRecords[BufferState.Open], end.BufferRecords[BufferState.Sealed], end.BufferRecords[BufferState.Quarantined]));
        Assert.Equal((0, 0, 400), (end.BufferBytes[BufferState.Open], end.BufferBytes[BufferState.Sealed], end.BufferBytes[BufferState.Quarantined]));
        Assert.Equal((60, 10), (end.Dropped[DropReason.BufferFull], end.Dropped[DropReason.Reread]));
        Assert.Equal((50, 1, 450), (end.UploadedRecords, end.UploadedObjects, end.UploadedBytes));
    }

    [Fact]
    public void Negative_numbers_are_refused_so_that_no_counter_goes_down()
    {
        var output = _books.Output("o");

        Assert.Throws<ArgumentOutOfRangeException>(() => output.Recovered(-1, 0, BufferState.Open));
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Uploaded(1, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Dropped(-1, 0, BufferState.Open, DropReason.Damaged));
        Assert.Throws<ArgumentOutOfRangeException>(() => _books.LostBytes(BytesLostReason.Unreadable, -1));
    }

    [Fact]
    public void A_name_has_one_account()
    {
        Assert.Same(_books.Output("o"), _books.Output("o"));
        Assert.Same(_books.Source("s"), _books.Source("s"));
        Assert.NotSame(_books.Output("o"), _books.Output("p"));
    }

    [Fact]
    public void A_snapshot_does_not_change_afterwards()
    {
        var output = _books.Output("o");
        var before = Account();

        output.Recovered(1, 1, BufferState.Open);

        Assert.Equal((0, 0), (before.Recovered, before.BufferRecords.Total));
    }

    [Fact]
    public void A_turn_does_not_allocate()
    {
        var source = _books.Source("s");
        var output = _books.Output("o");
        var turn = new TurnTally();
        Turn();

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Turn();
            }
        }));

        void Turn()
        {
            turn.GetOrAdd(source).Records++;
            turn.GetOrAdd(source).Excluded[ExclusionReason.OwnLog]++;
            turn.GetOrAdd(output).Records++;
            _books.Commit(turn);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_books_balance_at_every_scrape_while_several_threads_change_them(int seed)
    {
        const int Threads = 4;
        using var metrics = new CollectorMetrics(TimeProvider.System, "v", "c");
        var workers = Enumerable.Range(0, Threads)
            .Select(n => new RandomWorker(metrics.Books, new Random((seed * 1000) + n)))
            .Select(worker => Task.Run(worker.Run, TestContext.Current.CancellationToken))
            .ToArray();
        var all = Task.WhenAll(workers);

        var scrapes = 0;
        do
        {
            var page = Exposition.Of(metrics);
            AssertBalanced(page, "a");
            AssertBalanced(page, "b");
            Assert.Equal(
                page.Sum("collector_records_read_total"),
                page.Sum("collector_records_excluded_total") + page.Sum("collector_records_unmatched_total")
                    + page.Sum("collector_records_matched_total", "output=\"a\""));
            scrapes++;
        }
        while (!all.IsCompleted || scrapes < 2);

        await all;
        var end = Exposition.Of(metrics);
        Assert.Equal((double)Threads * RandomWorker.Turns * RandomWorker.RecordsPerTurn, end.Sum("collector_records_read_total"));
        AssertBalanced(end, "a");
    }

    private static void AssertBalanced(Exposition page, string output)
    {
        var label = $"output=\"{output}\"";
        Assert.Equal(
            page.Sum("collector_records_recovered_total", label) + page.Sum("collector_records_matched_total", label),
            page.Sum("collector_records_dropped_total", label) + page.Sum("collector_buffer_records", label)
                + page.Sum("collector_records_uploaded_total", label));
    }

    private OutputFigures Account() => _books.Snapshot().Outputs[0].Figures;

    /// <summary>Turns and buffer steps at random; output <c>a</c> takes every record that is not excluded or unmatched.</summary>
    private sealed class RandomWorker(Books books, Random random)
    {
        public const int Turns = 20_000;
        public const int RecordsPerTurn = 16;

        private static readonly DropReason[] Reasons = Enum.GetValues<DropReason>();
        private readonly SourceBook _source = books.Source("s");
        private readonly OutputBook[] _outputs = [books.Output("a"), books.Output("b")];

        public void Run()
        {
            var turn = new TurnTally();
            for (var i = 0; i < Turns; i++)
            {
                var excluded = random.Next(RecordsPerTurn / 2);
                var unmatched = random.Next(RecordsPerTurn / 2);
                turn.GetOrAdd(_source).Records += RecordsPerTurn;
                turn.GetOrAdd(_source).Excluded[ExclusionReason.Annotation] += excluded;
                turn.GetOrAdd(_source).Unmatched += unmatched;
                turn.GetOrAdd(_outputs[0]).Records += RecordsPerTurn - excluded - unmatched;
                turn.GetOrAdd(_outputs[1]).Records += random.Next(RecordsPerTurn);
                books.Commit(turn);
                Step(_outputs[random.Next(2)], random.Next(1, 20));
            }
        }

        private void Step(OutputBook output, long records)
        {
            switch (random.Next(6))
            {
                case 0:
                    output.Recovered(records, records, BufferState.Sealed);
                    break;
                case 1:
                    output.Sealed(records, records, records);
                    break;
                case 2:
                    output.Uploaded(records, records, records);
                    break;
                case 3:
                    output.Quarantined(records, records);
                    break;
                case 4:
                    output.GivenBack(records, records, BufferState.Open);
                    break;
                default:
                    output.Dropped(records, records, BufferState.Sealed, Reasons[random.Next(Reasons.Length)]);
                    break;
            }
        }
    }
}
