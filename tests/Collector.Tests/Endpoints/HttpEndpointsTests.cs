using System.Net;
using System.Net.Sockets;
using System.Text;
using Collector.Configuration;
using Collector.Endpoints;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Xunit;

namespace Collector.Tests.Endpoints;

public sealed class HttpEndpointsTests : IAsyncLifetime
{
    private static readonly ListenAddress FreePort = new(IPAddress.Loopback, 0);

    private readonly SteppedClock _clock = new();
    private readonly CollectorMetrics _metrics;
    private readonly Health _health;
    private readonly Readiness _readiness = new();
    private readonly HttpClient _client = new();
    private Socket[] _stuck = [];
    private HttpEndpoints _endpoints = null!;

    public HttpEndpointsTests()
    {
        _metrics = new CollectorMetrics(_clock, "1", "c");
        _health = new Health(_clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _endpoints = await StartAsync(FreePort);
        _client.BaseAddress = new Uri($"http://127.0.0.1:{_endpoints.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _endpoints.DisposeAsync();
        Array.ForEach(_stuck, socket => socket.Dispose());
        _metrics.Dispose();
    }

    [Fact]
    public async Task Metrics_are_served_in_the_text_format()
    {
        using var response = await _client.GetAsync("/metrics", Stop);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("collector_build_info{version=\"1\",commit=\"c\"} 1\n", await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    /// <summary>What Prometheus 2 and 3 ask for, and what people do.</summary>
    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;q=0.3,*/*;q=0.2", true)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("text/plain, application/openmetrics-text;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.8", false)]
    [InlineData("no media type", false)]
    public async Task OpenMetrics_are_for_who_asks_for_them(string accept, bool isOpenMetrics)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _client.SendAsync(request, Stop);

        var text = await response.Content.ReadAsStringAsync(Stop);
        Assert.Equal(isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(isOpenMetrics, text.EndsWith("\n# EOF\n", StringComparison.Ordinal));
        Assert.Contains("collector_build_info{version=\"1\",commit=\"c\"} 1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_names_the_loop_that_has_stalled_and_recovers()
    {
        using var heartbeat = _health.Register("tail-0", TimeSpan.FromSeconds(30));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/healthz"));

        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "tail-0: has made no progress for 31 s\n"), await GetAsync("/healthz"));

        heartbeat.Beat();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/healthz"));
    }

    [Fact]
    public async Task Readiness_names_what_is_missing()
    {
        _readiness.Met(ReadyCondition.Configuration);
        _readiness.Unmet(ReadyCondition.Buffer, "read-only file system");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "buffer: read-only file system\nmetadata: not yet\n"), await GetAsync("/readyz"));

        _readiness.Met(ReadyCondition.Buffer);
        _readiness.Met(ReadyCondition.Metadata);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/readyz"));
    }

    [Theory]
    [InlineData("GET", "/", HttpStatusCode.NotFound)]
    [InlineData("POST", "/elsewhere", HttpStatusCode.NotFound)]
    [InlineData("POST", "/metrics", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/healthz", HttpStatusCode.MethodNotAllowed)]
    [InlineData("HEAD", "/metrics", HttpStatusCode.OK)]
    [InlineData("HEAD", "/healthz", HttpStatusCode.OK)]
    [InlineData("HEAD", "/status", HttpStatusCode.OK)]
    [InlineData("POST", "/status", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/metrics?name=x", HttpStatusCode.OK)]
    public async Task Only_these_pages_are_there_and_only_for_reading(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _client.SendAsync(request, Stop);

        Assert.Equal(expected, response.StatusCode);
        if (method == "HEAD")
        {
            Assert.True(response.Content.Headers.ContentLength > 0);
            Assert.Empty(await response.Content.ReadAsByteArrayAsync(Stop));
        }
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_that_names_the_key()
    {
        var taken = new ListenAddress(IPAddress.Loopback, _endpoints.Port);

        var error = await Assert.ThrowsAsync<ListenException>(() => StartAsync(taken));

        Assert.StartsWith($"telemetry.listen: cannot listen on 127.0.0.1:{_endpoints.Port}: the address is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_host_is_an_error_that_names_the_key()
    {
        var error = await Assert.ThrowsAsync<ListenException>(() => StartAsync(new ListenAddress(IPAddress.Parse("192.0.2.1"), 0)));

        Assert.Contains("telemetry.listen", error.Message, StringComparison.Ordinal);
        Assert.Contains("this host has no such address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_host_every_address_is_listened_on()
    {
        await using var endpoints = await StartAsync(new ListenAddress(null, 0));

        using var response = await _client.GetAsync(new Uri($"http://127.0.0.1:{endpoints.Port}/healthz"), Stop);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>
    /// S-103: scrapers that never read their answers hold up neither counting nor other scrapers, and thousands of pods
    /// that come and go (each with turns, files and objects of its own) leave no more series than one.
    /// </summary>
    [Fact]
    public async Task Stuck_scrapers_do_not_block_collection_and_churning_pods_add_no_series()
    {
        var source = _metrics.Books.Source("containers");
        var output = _metrics.Books.Output("default");
        var tail = _metrics.Books.AddTail();
        Pods(1);
        var seriesOfOnePod = await SeriesAsync();

        _stuck = [.. Enumerable.Range(0, 20).Select(_ => StuckScraper())];
        Pods(5000);

        Assert.Equal(seriesOfOnePod, await SeriesAsync());
        Assert.Contains("collector_records_uploaded_total{output=\"default\"} 5001\n", (await GetAsync("/metrics")).Body, StringComparison.Ordinal);

        void Pods(int count)
        {
            var turn = new TurnTally();
            for (var pod = 1; pod <= count; pod++)
            {
                turn.GetOrAdd(source).Records = turn.GetOrAdd(output).Records = 1;
                _metrics.Books.Commit(turn);
                tail.Set(new TailFigures { Open = pod });
                _metrics.Books.LostFiles(FilesLostReason.RestartGap, 1);
                output.Sealed(1, 0, 0);
                _metrics.UploadAttempted(output, AttemptResult.Stored, TimeSpan.FromSeconds(1));
                output.Uploaded(1, 0, 0);
            }
        }
    }

    /// <summary>S-149: whatever they hold, and from wherever; the probe comes from the same address here.</summary>
    [Theory]
    [InlineData(256, "")]
    [InlineData(1500, "")]
    [InlineData(1500, "GET /metrics HT")]
    public async Task Whoever_holds_connections_open_takes_no_probe_away(int count, string begun)
    {
        _stuck = [.. Enumerable.Range(0, count).Select(_ => Held(begun))];
        _readiness.Met(ReadyCondition.Configuration);

        for (var i = 0; i < 20; i++)
        {
            using var probe = new HttpClient { BaseAddress = _client.BaseAddress };
            using var response = await probe.GetAsync("/healthz", Stop);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private Socket Held(string begun)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, _endpoints.Port);
        if (begun.Length > 0)
        {
            socket.Send(Encoding.ASCII.GetBytes(begun));
        }

        return socket;
    }

    private Task<PipelineStatus> StatusAsync(CancellationToken cancellation) =>
        Task.FromResult(new PipelineStatus(_metrics.Books.Snapshot(), new Dictionary<string, string>(), Logs: null));

    private Task<HttpEndpoints> StartAsync(ListenAddress address) =>
        HttpEndpoints.StartAsync(address, new Responder(_metrics, _health, _readiness, StatusAsync));

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _client.GetAsync(path, Stop);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stop));
    }

    private async Task<string[]> SeriesAsync() =>
        [.. (await GetAsync("/metrics")).Body.Split('\n').Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')[0])];

    /// <summary>Asks for many pages and reads none, so that the answers fill the socket's buffers.</summary>
    private Socket StuckScraper()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect(IPAddress.Loopback, _endpoints.Port);
        socket.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 20))));
        return socket;
    }
}
