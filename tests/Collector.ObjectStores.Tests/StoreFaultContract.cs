using Collector.Pipeline.Upload;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>
/// What every store behind HTTP does when the network or its server fails: the test stands between the two. Each subclass says
/// how to make the store and how to look into it from outside; the store has an identity that can be renewed.
/// </summary>
public abstract partial class StoreFaultContract : IAsyncLifetime
{
    private const string Key = "logs/a";

    /// <summary>More than the sockets' buffers hold.</summary>
    private const int Large = 32_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private IObjectStore? _store;

    /// <summary>Of the store; a server that looks at times has to have it, too.</summary>
    private protected ShiftedClock Clock { get; } = new();

    /// <summary>The server behind the proxy, without a slash at its end.</summary>
    protected abstract string Server { get; }

    protected FaultyProxy Proxy { get; private set; } = null!;

    protected IObjectStore Store => _store ??= CreateStore(Proxy.Url, Clock);

    /// <summary>How the store says that it never takes an object.</summary>
    protected abstract Fault.Answer Rejection { get; }

    /// <summary>How often an identity was fetched so far; null for one that never is.</summary>
    protected virtual int? Renewals => null;

    public virtual ValueTask InitializeAsync()
    {
        Proxy = new FaultyProxy(Server);
        return ValueTask.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Proxy.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The store under test.</summary>
    protected abstract IObjectStore CreateStore(string url, TimeProvider clock);

    /// <summary>The bytes of an object, read past the store; null when there is none.</summary>
    protected abstract byte[]? Read(string key);

    /// <summary>S-82: the store has the object, and its answer is lost.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(10_000_000)]
    public async Task An_answer_that_is_lost_leads_to_one_object_that_the_next_attempt_finds(int length)
    {
        var body = Body(length);
        Proxy.Next(new Fault.LoseAnswer(from: length));

        Assert.Equal(PutStatus.Unavailable, (await PutAsync(body)).Status);
        Assert.True((await PutAsync(body)).Status is PutStatus.AlreadyThere or PutStatus.Stored);
        Assert.Equal(body, Read(Key));
    }

    /// <summary>S-80: an identity that was revoked before its time is renewed, and the same object sent again.</summary>
    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_refused_identity_is_renewed_for_the_next_attempt(int status)
    {
        await Store.ProbeAsync(CancellationToken.None);
        var before = Renewals;
        Proxy.Next(new Fault.Answer(status));

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(Body(10))).Status);
        Assert.Equal(PutStatus.Stored, (await PutAsync(Body(10))).Status);
        Assert.Equal(before + 1, Renewals);
    }

    /// <summary>S-81.</summary>
    [Theory]
    [InlineData(429, PutStatus.Throttled)]
    [InlineData(503, PutStatus.Throttled)]
    public async Task A_store_that_is_too_busy_says_how_long_to_wait(int status, PutStatus expected)
    {
        Proxy.Next(new Fault.Answer(status, "", ("Retry-After", "7")));

        var result = await PutAsync(Body(10));

        Assert.Equal(expected, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(7), result.RetryAfter);
        Assert.Equal(1, Proxy.Requests);
        Assert.Equal(PutStatus.Stored, (await PutAsync(Body(10))).Status);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    [InlineData(404)]
    [InlineData(301)]
    public async Task What_passes_is_waited_for(int status)
    {
        Proxy.Next(new Fault.Answer(status));

        Assert.Equal(PutStatus.Unavailable, (await PutAsync(Body(10))).Status);
        Assert.Equal(1, Proxy.Requests);
        Assert.Equal(PutStatus.Stored, (await PutAsync(Body(10))).Status);
    }

    /// <summary>S-95: only the store, in its own words, can say that an object is not to be had.</summary>
    [Fact]
    public async Task What_never_passes_is_rejected()
    {
        Proxy.Next(Rejection);

        Assert.Equal(PutStatus.Rejected, (await PutAsync(Body(10))).Status);
    }

    [Fact]
    public async Task A_store_that_does_not_know_the_condition_says_so()
    {
        Proxy.Next(new Fault.Answer(501));

        Assert.Equal(PutStatus.ConditionUnsupported, (await PutAsync(Body(10))).Status);
        Proxy.Next(new Fault.Answer(501));
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(Body(10), onlyIfAbsent: false)).Status);
    }

    /// <summary>S-83: nobody takes bytes any more; the attempt ends although its deadline is far.</summary>
    [Fact]
    public async Task An_upload_that_makes_no_progress_is_ended_and_sent_again()
    {
        var body = Body(Large);
        Proxy.Next(new Fault.Stall(1_000_000));

        var put = PutAsync(body);
        Retry.Until("the upload hangs", () => Proxy.IsStalled, Patience);
        Retry.Until("the attempt is given up", () => Passed(put), Patience);

        Assert.Equal(PutStatus.Unavailable, (await put).Status);
        Assert.EndsWith("has accepted no byte for 20 s", (await put).Message, StringComparison.Ordinal);
        Assert.Null(Read(Key));
        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);
        Assert.Equal(body, Read(Key));
    }

    [Fact]
    public async Task A_deadline_ends_an_attempt_that_hangs()
    {
        using var deadline = new CancellationTokenSource();
        Proxy.Next(new Fault.Stall(1_000_000));

        var put = Store.PutAsync(Item(Body(Large), true), deadline.Token);
        Retry.Until("the upload hangs", () => Proxy.IsStalled, Patience);
        await deadline.CancelAsync();

        Retry.Until("the attempt is over", () => put.IsCompleted, Patience);
        Assert.True(put.IsCanceled);
        Assert.Null(Read(Key));
    }

    [Fact]
    public async Task A_connection_that_breaks_leaves_no_object_and_the_next_attempt_stores_all_of_it()
    {
        var body = Body(Large);
        Proxy.Next(new Fault.Cut(20_000_000));

        Assert.Equal(PutStatus.Unavailable, (await PutAsync(body)).Status);
        Assert.Null(Read(Key));
        Assert.Equal(PutStatus.Stored, await PutAgainAsync(body));
        Assert.Equal(body, Read(Key));
    }

    [Fact]
    public async Task A_refusal_arrives_although_the_body_is_large()
    {
        Proxy.Next(new Fault.Answer(403, "", ("Connection", "close")));

        Assert.Equal(PutStatus.Unauthorized, (await PutAsync(Body(Large))).Status);
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for()
    {
        var store = Store;
        await Proxy.DisposeAsync();

        var result = await store.PutAsync(Item(Body(10), true), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith("no connection to 127.0.0.1:", result.Message, StringComparison.Ordinal);
    }

    protected Task<PutResult> PutAsync(byte[] body, bool onlyIfAbsent = true) => Store.PutAsync(Item(body, onlyIfAbsent), CancellationToken.None);

    /// <summary>A store that has yet to notice that the first connection is gone calls the second a conflict, which is tried again.</summary>
    private async Task<PutStatus> PutAgainAsync(byte[] body)
    {
        PutStatus status;
        do
        {
            status = (await PutAsync(body)).Status;
        }
        while (status == PutStatus.Conflict);
        return status;
    }

    private bool Passed(Task put)
    {
        Clock.Advance(TimeSpan.FromSeconds(21));
        return put.IsCompleted;
    }

    protected static byte[] Body(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        return body;
    }

    private static ObjectToPut Item(byte[] body, bool onlyIfAbsent) => ObjectStoreContract.NewItem(Key, body, onlyIfAbsent);
}
