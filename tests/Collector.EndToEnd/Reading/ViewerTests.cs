using System.Net;
using System.Net.Sockets;
using System.Text;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>
/// S-160: <c>collector ui</c> in a real browser, Debian's Chromium. What is looked at, and that no text of a log ever does more than
/// stand there, is written in <c>tests/browser/ui.mjs</c>.
/// </summary>
public sealed class ViewerTests : IDisposable
{
    private const string Pod = "cart-7d9f8c6b5d-x2x4z";

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void A_dead_pod_is_found_with_all_its_containers_and_lives()
    {
        PodLog app = new(stage.Tree, Pod), proxy = new(stage.Tree, Pod, container: "proxy", id: new string('b', 64));
        app.WriteRaw(Line(0, "a0") + Line(2, "a2", "stderr") + Line(4, "a4"));
        proxy.WriteRaw(Line(1, "p1") + Line(3, "p3"));
        string second = app.FilePath.Replace("0.log", "1.log", StringComparison.Ordinal);
        File.WriteAllText(second, Line(6, "second life"));
        File.CreateSymbolicLink(Path.Combine(stage.Tree.Containers, $"{Pod}_shop_app-{new string('c', 64)}.log"), second);
        new PodLog(stage.Tree, "cart-5f6d7c8b9d-zzzzz", uid: "22222222-2222-4333-8444-555555555555", id: new string('d', 64)).Write("another");
        Assert.Equal(0, stage.RunOnce());

        // Stored two days ago.
        foreach (string key in StoredRecords.Keys(stage.Objects))
            File.SetLastWriteTimeUtc(Path.Combine(stage.Objects, key), DateTime.UtcNow.AddDays(-2));
        Look("deadPod");
    }

    [Fact]
    public void Lines_are_searched_by_text_expression_and_field()
    {
        WriteItems();
        Look("search");
    }

    [Fact]
    public void A_growing_log_is_followed()
    {
        PodLog log = new PodLog(stage.Tree).WriteMany(100);
        Agent agent = stage.Start();
        agent.AwaitUploaded(100);
        using var viewer = new Viewer(stage);
        Viewer.NeedsBrowser();
        viewer.Look("follow", log.FilePath);
    }

    [Fact]
    public void A_link_opens_the_same_line_elsewhere()
    {
        WriteHundredThousand();
        Look("permalink");
    }

    [Fact]
    public void Json_is_opened_as_it_is_stored()
    {
        new PodLog(stage.Tree).Write("""{"level":"error","id":12345678901234567890,"nested":{"list":[1,{}],"text":"a, {b}: \"c\""}}""", "below");
        Assert.Equal(0, stage.RunOnce());
        Look("json");
    }

    [Fact]
    public void Of_a_hundred_thousand_lines_only_those_in_view_are_in_the_document()
    {
        WriteHundredThousand();
        Look("many");
    }

    [Fact]
    public void Hostile_lines_stay_text()
    {
        new PodLog(stage.Tree)
            .Write("""<img src=x onerror="window.hit=1;alert(1)">""", "</script><script>window.hit=1</script><svg onload=alert(2)>", "\e[31mred\e[0m \e]0;owned\a \e[2J", "user \u202egnp.exe \u2066end")
            .Write(new string('x', 1_000_000))
            .WriteBytes("bad \xff\xfe bytes")
            .Write("""{"level":"<img src=x onerror=window.hit=1>","a<b>":"</pre><iframe src=//evil.example>"}""", "javascript:window.hit=1 https://evil.example/");
        Assert.Equal(0, stage.RunOnce());
        Look("hostile");
    }

    [Fact]
    public void Keys_do_what_the_help_says()
    {
        WriteItems();
        Look("keys");
    }

    [Fact]
    public void The_token_is_asked_for_and_not_kept_where_a_script_can_read_it()
    {
        new PodLog(stage.Tree).Write("secret line");
        Assert.Equal(0, stage.RunOnce());
        Look("token", "--token", "a token of the test");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_ends_it_while_somebody_follows(bool isInterrupt)
    {
        new PodLog(stage.Tree).Write("a line");
        Assert.Equal(0, stage.RunOnce());
        using var viewer = new Viewer(stage);
        using var client = new HttpClient();
        await using Stream follow = await client.GetStreamAsync(new Uri(viewer.Url + "api/lines?namespace=shop&pod=cart&follow=1"));
        using var lines = new StreamReader(follow, Encoding.UTF8);
        string? line;
        do
            line = await lines.ReadLineAsync();
        while (line is not null && !line.Contains("\"end\"", StringComparison.Ordinal));
        Assert.NotNull(line);

        Assert.Equal(0, viewer.Stop(isInterrupt));
        Assert.Equal("", viewer.Errors);
    }

    [Fact]
    public void A_port_that_is_taken_is_one_line()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Directory.CreateDirectory(stage.Objects);

        CommandRun run = CommandRun.Collector("ui", "--listen", $"{taken.LocalEndPoint}", "--from", stage.Objects);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal($"--listen: cannot listen on {taken.LocalEndPoint}: the address is in use by another process; choose another port, or stop that process\n", run.Errors);
    }

    private static string Line(int second, string text, string stream = "stdout") => $"2026-11-21T00:00:{second:00}.000000000Z {stream} F {text}\n";

    private void WriteItems()
    {
        PodLog log = new(stage.Tree);
        for (int i = 0; i < 298; i++)
            log.Write(i == 7 ? "item 7. of it" : i is >= 70 and < 80 ? $"item {i} of it" : $"other {i}");
        log.Write("""{"level":"error","status":503,"msg":"no"}""", """{"level":"error","status":500}""");
        Assert.Equal(0, stage.RunOnce());
    }

    /// <summary>A line each 100 ms, of other lengths, so that they wrap into other heights.</summary>
    private void WriteHundredThousand()
    {
        var text = new StringBuilder();
        DateTime start = new(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc);
        for (int i = 0; i < 100_000; i++)
            text.Append($"{start.AddMilliseconds(100 * i):yyyy-MM-dd'T'HH:mm:ss.fffffff}00Z stdout F line {i} ").Append('x', i * 37 % 400).Append('\n');
        new PodLog(stage.Tree).WriteRaw(text.ToString());
        Assert.Equal(0, stage.RunOnce());
    }

    private void Look(string name, params string[] more)
    {
        Viewer.NeedsBrowser();
        using var viewer = new Viewer(stage, more);
        viewer.Look(name);
    }
}
