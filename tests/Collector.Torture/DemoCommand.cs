using System.Diagnostics;
using Collector.Testing.Node;
using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>
/// The main job, shown: a busy node, a collector that is killed while logs rotate, and an account of every line.
/// </summary>
internal static class DemoCommand
{
    private const double BytesPerSecond = 2_500_000;

    // Of the time that pods log: up to the kill, and how long the collector stays down.
    private const double KilledAfter = 0.35, DownFor = 0.2;

    // Of the whole: pods log for this part, the rest is catching up and counting.
    private const double Logging = 0.6;

    public static int Run(string collector, string directory, int seconds, ulong seed)
    {
        var workspace = new Workspace(directory, batchMaxAge: "3s", compression: "gzip", isWhole: false);
        using var node = new NodeSimulator(workspace.Node, Options(seed));
        using var clockwork = new NodeClockwork(node, BytesPerSecond);
        using var agent = new Agent(collector, workspace, []);
        long start = Stopwatch.GetTimestamp();
        TimeSpan logging = TimeSpan.FromSeconds(seconds * Logging);

        Say($"{node.Containers.Count} containers in 12 pods log to {workspace.Node}");
        clockwork.Start();
        agent.Start();
        agent.AwaitReady();
        Say("the collector is ready");
        Watch(agent, start, logging * KilledAfter);

        agent.Kill();
        int rotations = node.Stats.Rotations, gzips = node.Stats.Gzips;
        Say("kill -9");
        node.Post(n => n.Restart(n.Containers[0]));
        Sleep(start, logging * (KilledAfter + DownFor));
        Say($"while it was down: {node.Stats.Rotations - rotations} rotations, {node.Stats.Gzips - gzips} gzips, a container restart");

        agent.Start();
        agent.AwaitReady();
        Say("the collector is back");
        Watch(agent, start, logging);
        clockwork.Stop();
        Say("the pods are silent");
        Say(agent.AwaitCaughtUp(TimeSpan.FromSeconds(seconds * (1 - Logging))) ? "caught up" : "not caught up yet");
        agent.Stop();
        Say("SIGTERM, ended");
        int left = agent.RunOnce();
        Say("what was left is delivered; now every line that the pods wrote is looked for in the objects");

        OracleReport report = ObjectOracle.Check(workspace.Objects, node.Ledger, new OracleOptions { Node = Workspace.NodeName });
        Showcase.PrintTree(workspace.Objects);
        if (report.Keys.Count > 0) Showcase.PrintObject(workspace.Objects, report.Keys[0]);
        Summary.PrintNode(report, node.Stats, agent, left);
        return Summary.PrintStores(agent, left, [], ("", report));

        void Say(string what) => Console.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds,5:0.0} s  {what}");
    }

    // A record that its container cut short is delivered when the container is known to be over, which takes longer than this.
    private static NodeOptions Options(ulong seed) => new()
    {
        Seed = seed,
        Time = TimeProvider.System,
        MaxFileBytes = 512 * 1024,
        NewPodChance = 0.0005,
        CutRecords = false,
    };

    private static void Watch(Agent agent, long start, TimeSpan until)
    {
        while (Stopwatch.GetElapsedTime(start) < until)
        {
            agent.Scrape();
            Thread.Sleep(TimeSpan.FromMilliseconds(500));
        }
    }

    private static void Sleep(long start, TimeSpan until)
    {
        TimeSpan rest = until - Stopwatch.GetElapsedTime(start);
        if (rest > TimeSpan.Zero) Thread.Sleep(rest);
    }
}
