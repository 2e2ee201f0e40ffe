using System.Text;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests.Search;

/// <summary>Stack traces as the runtimes write them, line by line, and what looks like one and is none.</summary>
public sealed class TraceJoinerTests : LogReading
{
    [Theory]
    [InlineData("Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nValueError: n")]
    [InlineData("Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyboardInterrupt")]
    [InlineData("Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: n\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2\nRuntimeError: n")]
    [InlineData("Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2\napp.errors.Missing: a")]
    [InlineData("panic: runtime error: n\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:10 +0x1d\nexit status 2")]
    [InlineData("panic: n\n[signal SIGSEGV: segmentation violation code=0x1]\n\ngoroutine 7 [running]:\nmain.(*T).Run(0xc000, 0x1)\n\t/app/main.go:10 +0x1d\ncreated by main.main in goroutine 1\n\t/app/main.go:4\n\ngoroutine 8 [chan receive]:\nmain.wait(...)\n\t/app/main.go:20")]
    [InlineData("java.lang.IllegalStateException: n\n\tat a.B.c(B.java:1)\n\tSuppressed: java.io.IOException: s\n\t\tat a.B.d(B.java:2)\nCaused by: java.io.IOException\n\tat a.B.d(B.java:2)\n\t... 12 more")]
    [InlineData("Unhandled exception. System.InvalidOperationException: n\n ---> System.IO.IOException: inner\n   at A.B() in /a.cs:line 1\n   --- End of inner exception stack trace ---\n   at C.D()\n--- End of stack trace from previous location ---\n   at E.F()")]
    [InlineData("TypeError: n\n    at Object.<anonymous> (/app/x.js:1:1)\n    at Module._compile (node:internal:1) {\n  code: 'E',\n  [cause]: Error: c\n      at y (/app/y.js:1:1)\n}")]
    [InlineData("app.rb:3:in `f': n (RuntimeError)\n\tfrom app.rb:7:in `<main>'")]
    [InlineData("NoMethodError (undefined method `n'):\n  \napp/controllers/a.rb:3:in `show'\napp/controllers/b.rb:3:in `call'")]
    [InlineData("PHP Fatal error:  Uncaught Exception: n in /a.php:3\nStack trace:\n#0 /a.php(5): f()\n#1 {main}\n  thrown in /a.php on line 3")]
    [InlineData("thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/lib.rs:1:2\nnote: Some details are omitted")]
    [InlineData("thread 'main' panicked at 'n', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1`")]
    [InlineData("Unhandled exception:\nFormatException: n\n#0      main (file:///a.dart:2:3)\n<asynchronous suspension>\n#1      _start (dart:isolate:1)")]
    public void A_trace_is_one_line(string trace)
    {
        Assert.Equal(["before", trace, "after"], Join($"before\n{trace}\nafter"));
        Assert.Equal([trace, trace, ""], Join($"{trace}\n{trace}\n"));
        Assert.Equal([trace], Join(trace));
    }

    [Theory]
    [InlineData("shopping list:\n  - eggs\n  - milk\n")]
    [InlineData("{\n  \"a\": 1\n}")]
    [InlineData("Error: no such file\n  try --force")]
    [InlineData("at 10:00 we begin\nat 11:00 we end")]
    [InlineData("... and so on\n... 3 dots")]
    [InlineData("created by me\nmain.main()")]
    [InlineData("\n\n\tat the end")]
    [InlineData("all is well\nCaused by: a good night")]
    [InlineData("#1 the first\n#2 the second")]
    public void What_is_no_trace_stays_as_it_is(string text) => Assert.Equal(text.Split('\n'), Join(text));

    [Fact]
    public void An_empty_line_behind_a_trace_is_a_line_of_its_own() =>
        Assert.Equal(["Traceback (most recent call last):\n  File \"a.py\"\nValueError: n", "", "", "after"], Join("Traceback (most recent call last):\n  File \"a.py\"\nValueError: n\n\n\nafter"));

    [Fact]
    public async Task Streams_are_joined_apart_and_shown_in_the_order_of_first_lines()
    {
        string[] records =
        [
            Record(0, "Traceback (most recent call last):", "stderr"), Record(1, "out 1", "stdout"), Record(2, "  File \"a.py\"", "stderr"),
            Record(3, "  out 2", "stdout"), Record(4, "ValueError: n", "stderr"), Record(5, "after", "stderr"), Record(6, "out 3", "stdout"),
        ];
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(records), Start.AddMinutes(5));

        Assert.Equal(["Traceback (most recent call last):\n  File \"a.py\"\nValueError: n", "out 1", "  out 2", "after", "out 3"], Join(await LinesAsync(Cart)));
    }

    [Fact]
    public async Task A_trace_goes_on_in_the_next_object()
    {
        string Labelled(int at, string text) => Objects.Record(Start.AddMilliseconds(at), text, labels: "{\"a\":\"b\"}");
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(Labelled(1, "java.lang.Error: n"), Labelled(2, "\tat a.B.c(B.java:1)")), Start.AddMinutes(5));
        Store.Put(Objects.Key("shop", "cart-1", "app", Start.AddSeconds(1)), Objects.Body(Labelled(3, "\tat a.B.d(B.java:2)")), Start.AddMinutes(5));

        Assert.Equal(["java.lang.Error: n\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)"], Join(await LinesAsync(Cart)));
    }

    [Fact]
    public async Task The_last_matching_traces_are_found_however_far_back_they_are()
    {
        string[] trace = ["java.lang.Error: needle", .. Enumerable.Range(0, 90).Select(i => $"\tat a.B.c(B.java:{i})")];
        Put(Start, [.. trace, .. Enumerable.Range(0, 3000).Select(i => $"line {i}")], step: TimeSpan.FromMilliseconds(1));

        Assert.Equal([string.Join('\n', trace)], await TailTracesAsync(1, new LineSearch { Pattern = TextPattern.Parse("needle", false, out _) }));
        Assert.Equal(["line 2998", "line 2999"], await TailTracesAsync(2, LineSearch.Everything));
        Assert.Equal(0, Logs.Findings.OtherLives);
        Assert.False(Logs.Findings.IsTailCut);
    }

    [Fact]
    public async Task The_last_trace_is_whole_however_long_it_is()
    {
        string[] trace = ["java.lang.StackOverflowError", .. Enumerable.Range(0, 1024).Select(i => $"\tat a.B.c(B.java:{i})")];
        Put(Start, ["before", .. trace], step: TimeSpan.FromMilliseconds(1));

        Assert.Equal([string.Join('\n', trace)], await TailTracesAsync(1, LineSearch.Everything));
    }

    private async Task<List<string>> TailTracesAsync(int count, LineSearch search)
    {
        var plan = await Logs.PlanAsync(Cart, lastOnly: true, CancellationToken.None);
        return [.. (await Logs.TailTracesAsync(plan, Cart, search, count, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text))];
    }

    private static string Record(int at, string text, string stream) => Objects.Record(Start.AddMilliseconds(at), text, stream: stream);

    private static List<string> Join(string text)
    {
        var source = new Source { Pod = "cart-1" };
        return Join(text.Split('\n').Select((line, at) => new LogLine(
            new ParsedLine { Text = Encoding.UTF8.GetBytes(line), Stream = "stdout", Source = source }, new(at * 1_000_000L), keepsRecord: false)));
    }

    private static List<string> Join(IEnumerable<LogLine> lines)
    {
        var joiner = new TraceJoiner(LineSearch.Everything);
        List<string> shown = [];
        foreach (var line in lines)
            joiner.Add(line, Show);
        joiner.Finish(Show);
        return shown;

        void Show(LogLine line) => shown.Add(Encoding.UTF8.GetString(line.Text));
    }
}
