using System.Net;
using System.Text;
using System.Text.Json;
using Collector.Commands;
using Collector.Endpoints;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Tailing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Collector.Tests.Endpoints;

/// <summary><c>/status</c> and what <c>collector status</c> makes of it (contract §1, §5).</summary>
public sealed class StatusTests : IDisposable
{
    private static readonly Dictionary<string, string> s_stores = new() { ["default"] = "s3://logs in eu-central-1 as role/logs", ["audit"] = "filesystem /data", ["new"] = "filesystem /new" };

    private readonly SteppedClock _clock = new();
    private readonly CollectorMetrics _metrics;
    private readonly Readiness _readiness = new();
    private EndingStatus? _ending;

    public StatusTests()
    {
        _metrics = new CollectorMetrics(_clock, "1", "c");
        _readiness.Met(ReadyCondition.Configuration);
        _readiness.Met(ReadyCondition.Buffer);
        _readiness.Met(ReadyCondition.Metadata);
    }

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.7", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.5", "10.0.0.5", true)]
    [InlineData("10.0.0.6", "10.0.0.5", false)]
    [InlineData("fe80::1", "fe80::2", false)]
    [InlineData(null, "10.0.0.5", false)]
    public async Task It_is_told_to_this_machine_alone(string? from, string to, bool isTold)
    {
        var (status, body) = await GetAsync(from is null ? null : IPAddress.Parse(from), IPAddress.Parse(to), logs: null);

        Assert.Equal(isTold ? 200 : 403, status);
        Assert.Equal(isTold, body.StartsWith('{'));
    }

    [Fact]
    public async Task It_tells_of_each_output_its_state_backlog_and_last_error()
    {
        Fill();
        var outputs = (await StatusAsync(logs: null)).GetProperty("outputs").EnumerateArray().ToDictionary(o => o.GetProperty("name").GetString()!);

        Assert.Equal(("failing", "S3 answered 503"), Why(outputs["default"]));
        Assert.Equal((60, 6000), (Number(outputs["default"], "backlog", "records"), Number(outputs["default"], "backlog", "bytes")));
        Assert.Equal("unavailable", outputs["default"].GetProperty("lastError").GetProperty("result").GetString());
        Assert.Equal("full", Why(outputs["audit"]).State);
        Assert.Contains("buffer.maxSize is 1 kB", Why(outputs["audit"]).Why, StringComparison.Ordinal);
        Assert.True(outputs["audit"].GetProperty("lastError").GetProperty("isOver").GetBoolean());
        Assert.Equal(("ok", ""), Why(outputs["new"]));
        Assert.Equal("not configured", Why(outputs["gone"]).State);
        Assert.Equal(1, outputs["default"].GetProperty("dropped").GetProperty("damaged").GetInt64());
    }

    [Fact]
    public async Task A_tail_that_does_not_answer_leaves_the_rest()
    {
        var status = await StatusAsync(logs: null);

        Assert.False(status.TryGetProperty("lagging", out _));
        Assert.Contains("the reading thread did not answer", Table(status), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 18.4, "SHUTTING DOWN  the agent reads what is left, and ends within 18 s")]
    [InlineData(true, 12.0, "SHUTTING DOWN  reading is over; the agent uploads for at most 12 s more")]
    [InlineData(true, null, "ENDING  everything is read (--once); the agent uploads what waits, and ends")]
    public async Task An_agent_that_ends_says_so_and_how_long_it_has_left(bool isReadingOver, double? left, string expected)
    {
        _ending = new EndingStatus(isReadingOver, left is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        var table = Table(await StatusAsync(isReadingOver ? null : Logs()));

        Assert.Contains($"\n{expected}", table, StringComparison.Ordinal);
        Assert.DoesNotContain("not known", table, StringComparison.Ordinal);
    }

    /// <summary>What a person reads at three in the morning, to the letter.</summary>
    [Fact]
    public async Task The_table_says_what_is_wrong_and_what_to_do()
    {
        Fill();
        _metrics.Books.LostBytes(BytesLostReason.RotatedAway, 2_500);
        _metrics.Books.LostFiles(FilesLostReason.RestartGap, 1);

        Assert.Equal(
            """
            collector VERSION reads 5 files, 7.5 kB of them unread; excluded: 1, waiting for metadata: 0, parked: 1
            NOT READY  output audit does not take records: its buffer holds 990 bytes, and buffer.maxSize is 1 kB; the output takes records again when the store has accepted some objects; find out why the store does not, or raise buffer.maxSize

            OUTPUT   STATE           WAITING               OLDEST     LAST STORED  STORED
            default  failing         60 records  6 kB      2 min ago  -            0 objects
            audit    full            2 records   20 bytes  -          0 s ago      1 object
            new      ok              0 records   0 bytes   -          -            0 objects
            gone     not configured  3 records   30 bytes  -          -            0 objects
            default: S3 answered 503
            default: 1 record dropped (damaged)
            audit: its buffer holds 990 bytes, and buffer.maxSize is 1 kB; the output takes records again when the store has accepted some objects; find out why the store does not, or raise buffer.maxSize
            audit: last error 0 s ago, over: access denied
            gone: its records stay on disk; configure the output again, or drop them with: collector buffer drop

            LAGGING
            7 kB       shop/cart-7d9f app
            500 bytes  /var/log/audit/a?[31mb.log  it waits for the pod's metadata

            EXCLUDED
            logging/collector-x collector  it is the collector's own log

            PARKED
            /var/log/pods/x  reading it failed and is tried again: permission denied

            NOT READ
            /var/log/audit/now.log  /var/log/audit/now.log is a link to /etc/passwd
            LOST  2.5 kB of logs (rotated_away)
            LOST  1 file (restart_gap)

            """,
            Table(await StatusAsync(Logs())).Replace(BuildInformation.Version, "VERSION", StringComparison.Ordinal),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_long_list_is_cut_and_says_so()
    {
        var many = Enumerable.Range(0, TailStatus.Most).Select(i => new LogStatus("containers", $"/pods/{i}", "shop", $"pod-{i}", "app", 1000 - i, "")).ToList();
        var table = Table(await StatusAsync(new TailStatus(many, [], [])));

        Assert.Contains("shop/pod-9 app", table, StringComparison.Ordinal);
        Assert.DoesNotContain("shop/pod-10 app", table, StringComparison.Ordinal);
        Assert.Contains("… more with --json", table, StringComparison.Ordinal);
    }

    private static TailStatus Logs() => new(
        [
            new LogStatus("containers", "/var/log/pods/shop_cart-7d9f_u/app", "shop", "cart-7d9f", "app", 7000, ""),
            new LogStatus("files", "/var/log/audit/a\u001b[31mb.log", "", "", "", 500, "it waits for the pod's metadata"),
        ],
        [new LogStatus("containers", "/var/log/pods/logging_collector-x_u/collector", "logging", "collector-x", "collector", 0, "it is the collector's own log")],
        [new ParkedStatus("/var/log/pods/x", "reading it", "permission denied")])
    {
        Unreadable = [new UnreadablePath("/var/log/audit/now.log", "/var/log/audit/now.log is a link to /etc/passwd")],
    };

    private void Fill()
    {
        var books = _metrics.Books;
        books.AddTail().Set(new TailFigures { Open = 3, Idle = 2, Excluded = 1, Parked = 1, LagBytes = 7500 });
        var failing = books.Output("default");
        failing.Recovered(61, 6100, BufferState.Sealed);
        failing.Dropped(1, 100, BufferState.Sealed, DropReason.Damaged);
        failing.SetOldestRecord(_clock.GetUtcNow().AddSeconds(-120));
        failing.Failed(AttemptResult.Unavailable, "S3 answered 503");
        var full = books.Output("audit");
        full.Recovered(3, 30, BufferState.Sealed);
        full.Failed(AttemptResult.Unauthorized, "access denied");
        full.Uploaded(1, 10, 10);
        full.SetFull(Fullness.OfQuota(990, 1000));
        books.Output("new").SetOldestRecord(_clock.GetUtcNow());
        books.Output("gone").Recovered(3, 30, BufferState.Sealed);
    }

    private string Table(JsonElement status)
    {
        var text = new StringWriter();
        new StatusTable(text, _clock.GetUtcNow()).Write(status);
        return text.ToString();
    }

    private static (string State, string Why) Why(JsonElement output) =>
        (output.GetProperty("state").GetString()!, output.TryGetProperty("why", out var why) ? why.GetString()! : "");

    private static long Number(JsonElement from, string group, string name) => from.GetProperty(group).GetProperty(name).GetInt64();

    private async Task<JsonElement> StatusAsync(TailStatus? logs) => JsonDocument.Parse((await GetAsync(IPAddress.Loopback, IPAddress.Loopback, logs)).Body).RootElement;

    private async Task<(int Status, string Body)> GetAsync(IPAddress? from, IPAddress to, TailStatus? logs)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Request.Method = "GET";
        context.Request.Path = "/status";
        context.Connection.RemoteIpAddress = from;
        context.Connection.LocalIpAddress = to;
        context.Response.Body = body;
        var responder = new Responder(_metrics, new Health(_clock), _readiness, _ => Task.FromResult(new PipelineStatus(_metrics.Books.Snapshot(), s_stores, logs) { Ending = _ending }));
        await responder.RespondAsync(context);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
