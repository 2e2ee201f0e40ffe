using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Helpers;

/// <summary>With a shell in the collector's place.</summary>
public sealed class CollectorProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void What_it_says_is_appended_to_files_and_its_exit_code_is_told()
    {
        using CollectorProcess process = Shell("echo out; echo err >&2; exit 3");
        Assert.Equal(3, process.WaitForExit(Patience));
        Assert.Equal("out\n", File.ReadAllText(directory.Sub("log.out")));
        Assert.Equal("err\n", File.ReadAllText(directory.Sub("log.err")));
    }

    [Fact]
    public void Terminate_asks_and_kill_does_not()
    {
        using CollectorProcess asked = Shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        Retry.Until("the trap is set", () => File.ReadAllText(directory.Sub("log.out")).Length > 0, Patience);
        asked.Terminate();
        Assert.Equal(7, asked.WaitForExit(Patience));

        using CollectorProcess killed = Shell("trap '' TERM; while :; do sleep 0.05; done");
        killed.Kill();
        Assert.True(killed.HasExited);
        Assert.Equal(128 + 9, killed.ExitCode);
    }

    [Fact]
    public void A_deadline_that_passes_is_told_with_the_reason()
    {
        var told = Assert.Throws<TimeoutException>(() => Retry.Until("pigs fly", () => false, TimeSpan.Zero));
        Assert.Contains("pigs fly", told.Message, StringComparison.Ordinal);
    }

    private CollectorProcess Shell(string script) => CollectorProcess.Start("/bin/sh", directory.Sub("log"), "-c", script);
}
