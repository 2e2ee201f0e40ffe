using System.Text.Json;
using Collector.Pipeline.Upload;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>The contract of all stores over the strict endpoint, and what only S3 has.</summary>
public sealed class StrictS3Tests(S3RverFixture s3rver) : ObjectStoreContract, IClassFixture<S3RverFixture>, IAsyncLifetime
{
    private readonly string _bucket = s3rver.NewBucket();
    private StrictS3 _strict = null!;
    private IObjectStore _store = null!;

    protected override IObjectStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _strict = await StrictS3.StartAsync(s3rver.Server.Endpoint);
        _store = Stores.Open(Stores.Settings(_strict.Endpoint, _bucket));
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _strict.DisposeAsync();
    }

    [Fact]
    public async Task Type_and_metadata_are_stored_beside_the_object_and_no_encoding()
    {
        await PutAsync("logs/a.jsonl", "hello"u8.ToArray());

        using var stored = JsonDocument.Parse(s3rver.Server.ReadMetadata(_bucket, "logs/a.jsonl"));
        Assert.Equal("application/x-ndjson", stored.RootElement.GetProperty("content-type").GetString());
        Assert.Equal("1", stored.RootElement.GetProperty("x-amz-meta-records").GetString());
        Assert.Equal("node-1", stored.RootElement.GetProperty("x-amz-meta-node").GetString());
        Assert.False(stored.RootElement.TryGetProperty("content-encoding", out _));
        Assert.Empty(_strict.Tally.Violations);
    }

    [Fact]
    public async Task One_attempt_is_one_request_whatever_the_answer()
    {
        var faults = new[] { S3Fault.SlowDown, S3Fault.InternalError, S3Fault.Unavailable, S3Fault.ExpiredToken, S3Fault.AccessDenied, S3Fault.Conflict, S3Fault.Reset, S3Fault.ResetInBody };
        _strict.Faults = S3FaultPlan.Script(faults);

        foreach (var (index, _) in faults.Index())
        {
            Assert.NotEqual(PutStatus.Stored, (await PutAsync("logs/a", new byte[100_000])).Status);
            Assert.Equal(index + 1, _strict.Tally.Requests);
        }
    }

    /// <summary>S-80</summary>
    [Theory]
    [InlineData(S3Fault.ExpiredToken)]
    [InlineData(S3Fault.AccessDenied)]
    public async Task Refused_credentials_are_told_and_the_same_object_is_stored_after_S_80(S3Fault fault)
    {
        _strict.Faults = S3FaultPlan.Script(fault);

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal(PutStatus.Stored, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
    }

    /// <summary>S-81</summary>
    [Fact]
    public async Task A_store_that_throttles_says_how_long_to_wait_S_81()
    {
        _strict.Faults = S3FaultPlan.Script(S3Fault.SlowDown);

        var result = await PutAsync("logs/a", "x"u8.ToArray());

        Assert.Equal(PutStatus.Throttled, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(1), result.RetryAfter);
    }

    /// <summary>S-82</summary>
    [Fact]
    public async Task After_a_lost_answer_the_next_attempt_finds_the_object_there_S_82()
    {
        _strict.Faults = S3FaultPlan.Script(S3Fault.LostResponse);

        Assert.Equal(PutStatus.Unavailable, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("logs/a", "x"u8.ToArray())).Status);
        Assert.Equal(["logs/a"], ListEverything());
        Assert.Empty(_strict.Tally.Violations);
    }

    /// <summary>S-83: not even the first byte is taken, the attempt ends by itself, and the next one works.</summary>
    [Fact]
    public async Task An_upload_that_hangs_is_given_up_and_repeated_S_83()
    {
        var clock = new ShiftedClock();
        await using var strict = await StrictS3.StartAsync(s3rver.Server.Endpoint, clock);
        strict.Faults = S3FaultPlan.Script(S3Fault.Hang);
        await using var store = Stores.Open(Stores.Settings(strict.Endpoint, _bucket), clock);
        var item = Item("logs/a", new byte[40_000_000]);

        var put = store.PutAsync(item, CancellationToken.None);
        Retry.Until("the attempt is given up", () => Passed(put), TimeSpan.FromSeconds(60));

        Assert.Equal(new PutResult(PutStatus.Unavailable, "127.0.0.1 has accepted no byte for 20 s"), await put);
        Assert.Equal(PutStatus.Stored, (await store.PutAsync(item, CancellationToken.None)).Status);

        bool Passed(Task attempt)
        {
            if (strict.Tally.Requests > 0)
                clock.Advance(TimeSpan.FromSeconds(21));
            return attempt.IsCompleted;
        }
    }

    /// <summary>S-94: a whole object or none, as one PUT is one object.</summary>
    [Fact]
    public async Task A_connection_that_dies_in_the_body_leaves_no_object_S_94()
    {
        _strict.Faults = S3FaultPlan.Script(S3Fault.ResetInBody);

        Assert.Equal(PutStatus.Unavailable, (await PutAsync("logs/a", new byte[5_000_000])).Status);
        Assert.Empty(ListEverything());
    }

    /// <summary>S-85: the endpoint refuses every method but PUT, and a query, which start-up and running never need.</summary>
    [Fact]
    public async Task Nothing_but_PutObject_is_asked_for_S_85()
    {
        await Store.ProbeAsync(CancellationToken.None);
        await PutAsync("logs/a", "x"u8.ToArray());
        await PutAsync("logs/a", "x"u8.ToArray());

        Assert.Equal(3, _strict.Tally.Requests);
        Assert.Empty(_strict.Tally.Violations);
    }

    /// <summary>A body so large is read only when the endpoint has asked for it, and so knows of the first write.</summary>
    [Fact]
    public async Task A_concurrent_write_of_the_key_is_a_conflict_and_both_may_go_on()
    {
        var body = new byte[2_000_000];
        PutResult? second = null;
        var first = Item("logs/a", body) with
        {
            OpenBody = () => new ReadStream(body, () => second ??= PutAsync("logs/a", body).GetAwaiter().GetResult()),
        };

        Assert.Equal(PutStatus.Stored, (await Store.PutAsync(first, CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Conflict, second?.Status);
        Assert.Equal(PutStatus.AlreadyThere, (await PutAsync("logs/a", body)).Status);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        await using var store = Stores.Open(Stores.Settings(_strict.Endpoint, _bucket) with { Identity = Stores.Keys(S3Rver.AccessKey, "wrong") });

        var result = await store.ProbeAsync(CancellationToken.None);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("403 SignatureDoesNotMatch: ", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_bucket_is_waited_for()
    {
        await using var store = Stores.Open(Stores.Settings(_strict.Endpoint, "nowhere"));

        var result = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.EndsWith("create the bucket, or correct store.bucket", result.Message, StringComparison.Ordinal);
    }

    /// <summary>S-93</summary>
    [Theory]
    [InlineData(-3600)]
    [InlineData(86_400)]
    public async Task A_wrong_clock_is_corrected_by_the_stores_S_93(int seconds)
    {
        var clock = new ShiftedClock();
        clock.Step(TimeSpan.FromSeconds(seconds));
        await using var store = Stores.Open(Stores.Settings(_strict.Endpoint, _bucket), clock);

        var first = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);
        var second = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, first.Status);
        Assert.StartsWith("403 RequestTimeTooSkewed: ", first.Message, StringComparison.Ordinal);
        Assert.Equal(PutStatus.Stored, second.Status);
        Assert.Equal(2, _strict.Tally.Requests);
    }

    [Fact]
    public async Task A_store_that_is_away_is_unavailable()
    {
        await using var store = Stores.Open(Stores.Settings(new Uri("http://127.0.0.1:1"), _bucket));

        var result = await store.PutAsync(Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Equal("no connection to 127.0.0.1:1: Connection refused; check endpoint, network policy and proxy", result.Message);
    }

    protected override byte[]? Read(string key) => s3rver.Server.Read(_bucket, key);

    protected override IReadOnlyList<string> ListEverything() => s3rver.Server.Keys(_bucket);

    private sealed class ReadStream(byte[] body, Action reading) : MemoryStream(body, writable: false)
    {
        public override int Read(Span<byte> buffer)
        {
            reading();
            return base.Read(buffer);
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            reading();
            return base.Read(buffer, offset, count);
        }
    }
}
