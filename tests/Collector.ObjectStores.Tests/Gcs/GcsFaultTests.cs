using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Gcs;

public sealed class GcsFaultTests : StoreFaultContract
{
    private readonly GcsServer _server = new();
    private readonly MetadataServer _metadata = new();

    public GcsFaultTests() => _server.IsToken = token => _metadata.Issued.Contains(token);

    protected override string Server => _server.Url;

    protected override int? Renewals => _metadata.Issued.Count;

    /// <summary>A session that has ended answers with its object, however often it is asked.</summary>
    protected override PutStatus Repeated => PutStatus.Stored;

    protected override Fault.Answer Rejection => new(400, """{"error": {"code": 400, "message": "Invalid object name.", "errors": [{"reason": "invalid"}]}}""");

    protected override bool MayLook
    {
        set => _server.MayLook = value;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
        await _metadata.DisposeAsync();
    }

    /// <summary>Of a large object, what has arrived is not sent again.</summary>
    [Fact]
    public async Task An_upload_that_was_cut_goes_on_where_it_was()
    {
        var body = Body(20_000_000);
        Proxy.Next(new Fault.Cut(15_000_000));
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(body)).Status);
        AwaitTheCut();

        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);

        Assert.Equal(body, Read("logs/a"));

        // Eight pieces until the cut, the question, and what is left in three.
        Assert.Equal(["POST", .. Enumerable.Repeat("PUT", 8 + 1 + 3)], _server.Requests.Select(request => request[..request.IndexOf(' ', StringComparison.Ordinal)]));
    }

    /// <summary>
    /// S-84: whichever request of an upload fails, and however, the next attempt stores the same bytes, once. What may create and do
    /// nothing else is enough: the session that was left behind is neither asked for nor deleted by any other method.
    /// </summary>
    [Theory]
    [InlineData(0, 503)]
    [InlineData(0, 429)]
    [InlineData(0, 0)]
    [InlineData(1, 503)]
    [InlineData(1, 429)]
    [InlineData(1, 0)]
    [InlineData(2, 503)]
    [InlineData(2, 429)]
    [InlineData(2, 0)]
    [InlineData(3, 503)]
    [InlineData(3, 429)]
    [InlineData(3, 0)]
    public async Task A_failure_of_each_request_of_an_upload_recovers(int request, int status)
    {
        _server.Bucket.MayOverwrite = false;
        var body = Body((2 * GcsObjectStore.PieceSize) + 1000);
        var last = request == 0 ? 0 : request == 3 ? body.Length : request * GcsObjectStore.PieceSize;
        Proxy.Next(status == 0 ? new Fault.LoseAnswer() : new Fault.Answer(status), last);

        Assert.Equal(status == 429 ? PutStatus.Throttled : PutStatus.Unavailable, (await PutAsync(body)).Status);
        Assert.Equal(request + 1, Proxy.Requests);
        var again = await PutAsync(body);

        Assert.Contains(again.Status, (PutStatus[])[PutStatus.Stored, PutStatus.AlreadyThere]);
        Assert.Equal(body, Read("logs/a"));
        Assert.Single(_server.Bucket.Names);
        Assert.All(_server.Requests, r => Assert.True(r.StartsWith("POST /upload/", StringComparison.Ordinal) || r.StartsWith("PUT /upload/", StringComparison.Ordinal), r));
    }

    /// <summary>The SDK would send the same piece for ever.</summary>
    [Fact]
    public async Task A_store_that_takes_no_more_of_an_upload_is_waited_for()
    {
        var body = Body(5_000_000);
        Proxy.Rule = request => request.Method == "PUT" ? new Fault.Answer(308, "", ("Range", "bytes=0-99999")) : null;

        var result = await PutAsync(body);

        Assert.Equal(new PutResult(PutStatus.Unavailable, "Google has bytes=0-99999 of 5000000 bytes, and accepts no more now"), result);
        Assert.Equal(3, Proxy.Requests);
        Proxy.Rule = null;
        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);
        Assert.Equal(body, Read("logs/a"));
    }

    /// <summary>No copy of it is made but of the piece that is sent.</summary>
    [Fact]
    public async Task A_body_is_read_piece_by_piece()
    {
        const int length = 32_000_000;
        var opened = new List<MemoryStream>();
        var body = Body(length);
        var item = ObjectStoreContract.NewItem("logs/a", body, true) with
        {
            OpenBody = () =>
            {
                opened.Add(new MemoryStream(body, writable: false));
                return opened[^1];
            },
        };
        using var deadline = new CancellationTokenSource();
        Proxy.Next(new Fault.Stall(1_000_000));

        var put = Store.PutAsync(item, deadline.Token);
        Retry.Until("the upload hangs", () => Proxy.IsStalled, TimeSpan.FromSeconds(30));

        Assert.Equal(GcsObjectStore.PieceSize, opened[^1].Position);
        await deadline.CancelAsync();
        Retry.Until("the attempt is over", () => put.IsCompleted, TimeSpan.FromSeconds(30));
        Assert.True(put.IsCanceled);
    }

    [Fact]
    public async Task An_upload_whose_session_is_gone_begins_anew()
    {
        var body = Body(20_000_000);
        Proxy.Next(new Fault.Cut(15_000_000));
        await PutAsync(body);
        _server.ForgetSessions();

        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);
        Assert.Equal(body, Read("logs/a"));
    }

    /// <summary>A session that refuses what the next attempt sends says nothing of the object: a new session takes all of it.</summary>
    [Fact]
    public async Task An_upload_goes_on_anew_when_bytes_of_the_cut_connection_arrive_late()
    {
        var body = Body(20_000_000);
        Proxy.Next(new Fault.Cut(15_000_000));
        await PutAsync(body);
        AwaitTheCut();
        _server.ArrivingLate = 256 * 1024;

        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);
        Assert.Equal(body, Read("logs/a"));
    }

    /// <summary>Until then, what was sent still comes in, and the server says less than it will have.</summary>
    private void AwaitTheCut() =>
        Retry.Until("the server has seen the cut", () => _server is { Arrived: > 1_000_000, Receiving: 0 }, TimeSpan.FromSeconds(30));

    protected override byte[]? Read(string key) => _server.Bucket.Find(key)?.Body;

    protected override IObjectStore CreateStore(string url, TimeProvider clock)
    {
        var variables = new Dictionary<string, string> { ["GCE_METADATA_HOST"] = _metadata.Host, ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };
        return new GcsObjectStore(new GcsSettings { Bucket = GcsBucket.Name, Endpoint = url }, variables.GetValueOrDefault, clock);
    }
}
