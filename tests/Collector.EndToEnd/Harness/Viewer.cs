using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>A <c>collector ui</c> on a free port, and the browser that looks at it (<c>tests/browser/ui.mjs</c>). Disposing it kills it.</summary>
internal sealed partial class Viewer : IDisposable
{
    private static readonly string Chromium = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given ? given : "/usr/bin/chromium";

    private readonly CollectorProcess process;
    private readonly string log;

    /// <param name="stage">Whose objects are shown.</param>
    /// <param name="more">Further arguments.</param>
    public Viewer(Stage stage, params string[] more)
    {
        log = stage.Sub($"ui-{Guid.NewGuid():N}");
        // Whatever the shell that started the tests ignores, this one is to be interrupted.
        process = CollectorProcess.Start("/usr/bin/env", log, ["--default-signal=INT", stage.Binary, "ui", "--listen", "127.0.0.1:0", "--from", stage.Objects, .. more]);
        Match said = Match.Empty;
        Retry.Until("the address is told", () => process.HasExited || (said = Address().Match(Output)).Success, Agent.Patience);
        Assert.True(said.Success, $"It ended by itself: {Errors}");
        Url = said.Value;
    }

    /// <summary>With a slash at its end.</summary>
    public string Url { get; }

    public string Output => Read(".out");

    public string Errors => Read(".err");

    /// <summary>Where no Chromium is, there is nothing to look with.</summary>
    public static void NeedsBrowser()
    {
        if (!File.Exists(Chromium)) Assert.Skip("there is no Chromium: apt-get install chromium, or set CHROMIUM");
    }

    /// <summary>Runs one case of <c>tests/browser/ui.mjs</c>; it must end well, and the server may have no mistake to tell.</summary>
    public void Look(string name, string file = "")
    {
        CommandRun run = CommandRun.Of("env", $"CHROMIUM={Chromium}", "node", Repository.In("tests/browser/ui.mjs"), name, Url, file);
        Assert.True(run.ExitCode == 0, run.Errors + Errors);
        Assert.Equal($"{name}: done\n", run.Output);
        Assert.Equal("", Errors);
    }

    /// <summary>The exit code after a signal.</summary>
    public int Stop(bool isInterrupt)
    {
        if (isInterrupt)
            Assert.Equal(0, kill(process.Id, 2));
        else
            process.Terminate();
        return process.WaitForExit(Agent.Patience);
    }

    public void Dispose() => process.Dispose();

    private string Read(string end) => File.Exists(log + end) ? File.ReadAllText(log + end) : "";

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [GeneratedRegex("^http://[^ ]+/(?= )")]
    private static partial Regex Address();
}
