using Collector.Commands;
using Collector.Configuration;

namespace Collector.Hosting;

/// <summary>The agent as a whole.</summary>
internal static class AgentHost
{
    public static Task<int> RunAsync(CollectorConfiguration config, bool once, CancellationToken stop, CancellationToken hardStop)
    {
        Console.Error.WriteLine("the agent is not built into this version yet");
        return Task.FromResult(ExitCode.Fatal);
    }
}
