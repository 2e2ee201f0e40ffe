using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Collector.Commands.Reading.Ui;
using Collector.Configuration;
using Collector.Endpoints;
using Collector.ObjectStores;
using Collector.Reading;
using Collector.Reading.Layout;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>The server of <c>collector ui</c>: who may ask, what is answered, and what it holds (../../../src/Collector/Commands/Reading/Ui/DESIGN.md).</summary>
public sealed class UiServerTests : IAsyncDisposable
{
    private const string Token = "a token of sixteen or more";

    /// <summary>Of all lives: which is the last need not be found out before.</summary>
    private const string Lines = "/api/lines?namespace=shop&pod=cart&all-restarts=1";

    /// <summary>Not compressed, so that a body without an end is one.</summary>
    private const string Key = "persisted-logs/namespace-shop.pod-cart.cont-app/1795950802000-node-1-0000000000010a1b2c3d.jsonl";

    private static readonly byte[] Record = Encoding.UTF8.GetBytes("""{"time":"2026-11-20T10:00:00Z","stream":"stdout","log":"a line","kubernetes":{"namespace_name":"shop","pod_name":"cart","container_name":"app"}}""" + "\n");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HttpClient _client = new(new HttpClientHandler { UseCookies = false });
    private readonly StringWriter _error = new();
    private readonly List<IAsyncDisposable> _started = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var one in Enumerable.Reverse(_started))
            await one.DisposeAsync();
        Assert.Equal("", _error.ToString());
        await _error.DisposeAsync();
    }

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/ui.css", "text/css; charset=utf-8")]
    [InlineData("/ui.js", "text/javascript; charset=utf-8")]
    public async Task The_page_needs_no_token_and_may_do_nothing_but_ask_its_server(string path, string type)
    {
        await StartAsync(token: Token);

        using var response = await GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.NotEqual(0, response.Content.Headers.ContentLength);
        AssertGuarded(response);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.1:9999", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:80", true)]
    [InlineData("10.1.2.3:8080", true)]
    [InlineData("logs.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:8080", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("sub.logs.example", false)]
    public async Task A_name_that_is_not_its_own_is_refused(string host, bool isKnown)
    {
        await StartAsync(hosts: ["logs.example"]);

        foreach (var path in (string[])["/", "/ui.js", "/api/containers", Lines])
        {
            using var response = await GetAsync(path, ("Host", host));
            Assert.Equal(isKnown ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, response.StatusCode);
            AssertGuarded(response);
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    [InlineData("TRACE")]
    public async Task Only_GET_is_answered(string method)
    {
        await StartAsync();

        foreach (var path in (string[])["/", "/api/containers", "/nothing"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await _client.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
            Assert.Equal(["GET"], response.Content.Headers.Allow);
        }
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/UI.JS")]
    [InlineData("/ui.js/")]
    [InlineData("/ui.html")]
    [InlineData("/api")]
    [InlineData("/api/")]
    [InlineData("/api/lines/")]
    [InlineData("/api/linesx?namespace=a")]
    [InlineData("/%2e%2e/etc/passwd")]
    [InlineData("/favicon.ico")]
    public async Task There_is_nothing_else(string path)
    {
        await StartAsync();

        using var response = await GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        AssertGuarded(response);
    }

    /// <summary>A link from another site leads to the page; a request of another site gets no data.</summary>
    [Theory]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.OK)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    public async Task What_another_site_asks_for_is_refused(string site, HttpStatusCode expected)
    {
        await StartAsync();

        using var data = await GetAsync("/api/containers", ("Sec-Fetch-Site", site));
        using var page = await GetAsync("/", ("Sec-Fetch-Site", site));

        Assert.Equal((expected, HttpStatusCode.OK), (data.StatusCode, page.StatusCode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a token of sixteen")]
    [InlineData("Bearer a token of sixteen or more!")]
    [InlineData("Bearer A token of sixteen or more")]
    [InlineData("Basic a token of sixteen or more")]
    [InlineData("a token of sixteen or more")]
    public async Task Without_the_token_there_is_no_data(string authorization)
    {
        await StartAsync(token: Token);

        foreach (var path in (string[])["/api/containers", "/api/container?namespace=shop", Lines, "/api/session", "/api/nothing", $"{Lines}&token={Uri.EscapeDataString(Token)}"])
        {
            using var response = await GetAsync(path, ("Authorization", authorization));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }
    }

    [Fact]
    public async Task The_token_gives_data_and_a_cookie_that_is_not_it()
    {
        await StartAsync(token: Token);

        using var withToken = await GetAsync("/api/containers", ("Authorization", $"Bearer {Token}"));
        using var session = await GetAsync("/api/session", ("Authorization", $"Bearer {Token}"));
        var cookie = Assert.Single(session.Headers.GetValues("Set-Cookie"));
        using var withCookie = await GetAsync("/api/containers", ("Cookie", cookie.Split(';')[0]));
        using var withOther = await GetAsync("/api/containers", ("Cookie", "collector-ui=" + new string('0', 64)));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.OK, HttpStatusCode.Unauthorized), (withToken.StatusCode, session.StatusCode, withCookie.StatusCode, withOther.StatusCode));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Uri.EscapeDataString(Token), cookie, StringComparison.Ordinal);

        // Another server with the same token, as this one started anew, does not know it.
        var other = await StartAsync(token: Token);
        using var elsewhere = await GetAsync($"http://127.0.0.1:{other}/api/containers", ("Cookie", cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }

    /// <summary>Parameters are the options of <c>collector logs</c> and their mistakes; none of them is one that a page may not give.</summary>
    [Theory]
    [InlineData("config=/etc/passwd", "config=/etc/passwd is not a valid parameter")]
    [InlineData("from=file:///", "from=file:/// is not a valid parameter")]
    [InlineData("color=always", "color=always is not a valid parameter")]
    [InlineData("container=/etc/collector.yaml", "container: /etc/collector.yaml is not the name of a container")]
    [InlineData("pod=a&pod=b", "pod: give it once")]
    [InlineData("pod=--tail", "No logs of --tail")]
    [InlineData("pod=a*b", "a*b: * is allowed at the end only")]
    [InlineData("pod=hpa/x", "hpa is not a kind")]
    [InlineData("grep=(", "--grep: '(' is not a regular expression")]
    [InlineData("grep=(a)%5C1", "uses backreferences or look-around")]
    [InlineData("where==", "--where: ")]
    [InlineData("tail=20001", "tail: up to 20000 lines")]
    [InlineData("tail=-1", "--tail: '-1' is not a whole number from 0 to 2147483647")]
    [InlineData("tail=many", "many")]
    [InlineData("limit=0", "limit: write a number up to 200000")]
    [InlineData("limit=200001", "limit: write a number up to 200000")]
    [InlineData("since=yesterday", "--since: 'yesterday' is not a duration")]
    [InlineData("since-time=2026-11-20&until-time=2026-11-19", "--since is later than --until")]
    [InlineData("follow=1&until-time=2026-11-19", "follow has no end")]
    [InlineData("previous=1&all-restarts=1", "--previous and --all-restarts exclude each other")]
    [InlineData("namespace=nowhere", "No logs of what is asked for in namespace nowhere")]
    public async Task A_question_that_cannot_be_answered_is_told_in_the_words_of_the_command(string query, string words)
    {
        await StartAsync();

        Assert.Contains(words, await _client.GetStringOfAnyAsync($"/api/lines?{query}", Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_come_with_whose_they_are_and_an_end()
    {
        await StartAsync(Open(new MemoryStream([.. Record, .. Record, .. Record])));

        var lines = (await _client.GetStringOfAnyAsync($"{Lines}&grep=in.&limit=2", Stop)).Split('\n');

        Assert.Equal("""{"id":0,"source":{"namespace":"shop","pod":"cart","container":"app","labels":{}}}""", lines[0]);
        Assert.Equal("""{"s":0,"t":"1795168800000000000","l":"a line","m":[3,3]}""", lines[1]);
        Assert.Equal(lines[1], lines[2]);
        Assert.Matches("""^\{"end":\{.*"lines":2,"more":true,"notes":\[\]\}\}$""", lines[3]);
        Assert.Equal(["", 5], [lines[4], (object)lines.Length]);
    }

    [Fact]
    public async Task What_the_store_refuses_stands_in_the_answer()
    {
        await StartAsync(new PuppetReader { List = _ => throw new StoreReadException(ReadTrouble.Refused, "s3:ListBucket is missing") });

        foreach (var path in (string[])[Lines, "/api/containers", "/api/container?namespace=shop&pod=cart"])
            Assert.Equal("""{"error":"the puppet refused: s3:ListBucket is missing"}""" + "\n", await _client.GetStringOfAnyAsync(path, Stop));
    }

    /// <summary>Memory is bounded by refusing a question, not by what is in the store.</summary>
    [Fact]
    public async Task A_question_of_too_many_objects_is_refused_and_a_list_of_containers_is_not()
    {
        var listed = 0;
        await StartAsync(new PuppetReader
        {
            List = query => query.IsByDirectory ? null
                : new ObjectPage([.. Enumerable.Range(1, 1000).Select(i => new StoredObject(Key.Replace("1795950802", $"{listed + i:0000000000}", StringComparison.Ordinal), 1, DateTimeOffset.UtcNow))], [], (listed += 1000) < 60_000 ? "more" : null),
            Keys = [Key],
        });

        Assert.Contains("more than 50000 objects may hold matching lines; give a namespace, a pod or a time", await _client.GetStringOfAnyAsync(Lines, Stop), StringComparison.Ordinal);

        listed = 0;
        Assert.Contains("\"objects\":60000,", await _client.GetStringOfAnyAsync("/api/containers", Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_tab_ends_its_reading()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(Open(async cancellation =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => ended.SetResult(), TaskScheduler.Default);
            throw new OperationCanceledException(cancellation);
        }));
        var tab = _client.GetStreamAsync(Lines, Stop);
        await asked.Task.WaitAsync(Patience, Stop);

        await using (await tab)
            Assert.False(ended.Task.IsCompleted);

        await ended.Task.WaitAsync(Patience, Stop);
    }

    /// <summary>A body without an end, and nobody who reads: what is read of the store is what fits between them, until that is cut off.</summary>
    [Fact]
    public async Task Who_does_not_read_holds_nothing_up_and_little_in_memory()
    {
        var body = new EndlessBody(Record);
        var port = await StartAsync(Open(body));
        using var tab = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await tab.ConnectAsync(IPAddress.Loopback, port, Stop);
        await tab.SendAsync(Encoding.ASCII.GetBytes($"GET {Lines} HTTP/1.1\r\nHost: localhost\r\n\r\n"), Stop);

        Assert.True(await body.WaitClosedAsync(Patience, Stop));

        Assert.InRange(body.Count, 1, 32 << 20);
    }

    [Fact]
    public async Task Readings_take_turns_and_who_waits_is_told()
    {
        EndlessBody[] bodies = [new(Record), new(Record)];
        var opened = 0;
        await StartAsync(Open(_ => Task.FromResult<Stream>(bodies[opened++])));
        await using var first = await _client.GetStreamAsync($"{Lines}&grep=nothing-like-it", Stop);
        using var second = new StreamReader(await _client.GetStreamAsync(Lines, Stop), Encoding.UTF8);

        Assert.Contains("\"waiting\":true", await second.ReadLineAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(0, bodies[1].Count);

        // A list is small: it does not wait.
        Assert.Contains("\"pod\":\"cart\"", await _client.GetStringOfAnyAsync("/api/containers", Stop), StringComparison.Ordinal);

        await first.DisposeAsync();
        string? line;
        do
            line = await second.ReadLineAsync(Stop);
        while (line is not null && !line.Contains("\"source\"", StringComparison.Ordinal));
        Assert.NotNull(line);
        Assert.True(bodies[0].IsClosed);
    }

    [Theory]
    [InlineData("", 11)]
    [InlineData("&follow=1", 3)]
    public async Task More_pages_than_can_be_answered_are_told_to_close_one(string more, int most)
    {
        await StartAsync(Open(new EndlessBody(Record)));
        List<Stream> tabs = [];
        for (var i = 0; i < most; i++)
            tabs.Add(await _client.GetStreamAsync($"{Lines}&grep=nothing-like-it{more}", Stop));

        using (var refused = await GetAsync($"{Lines}{more}"))
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);

        foreach (var tab in tabs)
            await tab.DisposeAsync();
        HttpStatusCode status;
        do
        {
            using var response = await _client.GetAsync($"{Lines}&grep=nothing-like-it{more}", HttpCompletionOption.ResponseHeadersRead, Stop);
            status = response.StatusCode;
        }
        while (status == HttpStatusCode.TooManyRequests);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    /// <summary>Text of logs becomes text: the script has none of what makes markup or code of text, and the page nothing that the policy forbids.</summary>
    [Fact]
    public void The_page_makes_no_markup_of_text()
    {
        var (script, page, style) = (Text("/ui.js"), Text("/"), Text("/ui.css"));

        Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|srcdoc|document\.write|createContextualFragment|DOMParser|setHTML|\beval\b|\bFunction\(|setAttribute\('(on|style|src|href)|\bimport\b|https?://", script);
        Assert.DoesNotMatch(@"(?i)\son[a-z]+\s*=|\sstyle\s*=|<style|<script(?! src=""ui\.js"" defer></script>)|https?://|javascript:", page);
        Assert.DoesNotMatch(@"url\(|@import", style);
        Assert.Contains("element.textContent = part;", script, StringComparison.Ordinal);

        static string Text(string path) => Encoding.UTF8.GetString(UiPage.Find(path)!.Value.Body);
    }

    private static PuppetReader Open(Stream body) => Open(_ => Task.FromResult(body));

    private static PuppetReader Open(Func<CancellationToken, Task<Stream>> open) => new() { Keys = [Key], Open = (_, cancellation) => open(cancellation) };

    private static void AssertGuarded(HttpResponseMessage response)
    {
        string Header(string name) => string.Join('|', response.Headers.TryGetValues(name, out var values) ? values : []);
        Assert.Matches(new Regex("^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; .*frame-ancestors 'none'; require-trusted-types-for 'script'"), Header("Content-Security-Policy"));
        Assert.Equal(("nosniff", "no-referrer", "no-store"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cache-Control")));
        Assert.Equal("", Header("Access-Control-Allow-Origin") + Header("Server"));
    }

    /// <summary>The port; the client asks this server from now on.</summary>
    private async Task<int> StartAsync(PuppetReader? store = null, string token = "", params string[] hosts)
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        var reader = new PatientReader(store ?? new PuppetReader(), TimeProvider.System);
        var server = new UiServer(reader, layout, new UiGuard(token, hosts), TimeProvider.System, _error);
        var http = await HttpEndpoints.StartAsync(new ListenAddress(IPAddress.Loopback, 0), "--listen", server.AnswerAsync);
        _started.Add(http);
        if (_client.BaseAddress is null)
            _client.BaseAddress = new Uri($"http://127.0.0.1:{http.Port}");
        return http.Port;
    }

    private async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _client.SendAsync(request, Stop);
    }
}

internal static class ClientExtensions
{
    /// <summary>The whole body, whatever the status.</summary>
    public static async Task<string> GetStringOfAnyAsync(this HttpClient client, string path, CancellationToken cancellation)
    {
        using var response = await client.GetAsync(path, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }
}
