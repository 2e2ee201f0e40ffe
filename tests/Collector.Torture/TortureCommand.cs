using System.Diagnostics;
using Collector.Testing.Mix;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Collector.Torture.Troubles;

namespace Collector.Torture;

/// <summary>
/// Many kills at random moments of a busy node, with two outputs whose stores fail in every way, a disk that fills up and a
/// clock that steps; and no line lost, doubled, spoilt or out of order in either store (contract §6).
/// </summary>
internal static class TortureCommand
{
    // A life is 0.1 to 3 s, so that kills fall into starting, reading, sealing and uploading alike.
    private const int ShortestLifeMs = 100, LongestLifeMs = 3_000;
    private const int LongestDownMs = 1_500;

    // One down time in twelve is as long as a node's update takes: logs rotate more than once. A short run has shorter ones.
    private const double LongDownChance = 1 / 12.0;
    private const int ShortestLongDownMs = 5_000, LongestLongDownMs = 30_000, LongestInShortRunMs = 8_000, ShortRunKills = 50;
    private const double MeanRoundSeconds = 3.7;
    private const string MaxAge = "2s";

    // One end in eight is a polite one.
    private const double TermChance = 0.125;

    private const int ReportEvery = 10;

    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromMinutes(5);

    public static int Run(string collector, string directory, int kills, long bytes, ulong seed, string compression)
    {
        var random = new SeededRandom(seed);
        var workspace = new Workspace(directory, MaxAge, compression);
        using var troubles = new RunTroubles(workspace, seed);
        workspace.AddS3(troubles.S3Endpoint, MaxAge);
        using var node = new NodeSimulator(workspace.Node, Options(seed, bytes));
        using var clockwork = new NodeClockwork(node, bytes / (kills * MeanRoundSeconds), bytes);
        using var agent = new Agent(collector, workspace, troubles.Launcher);
        Console.WriteLine($"seed {seed}: {kills} kills, {bytes / 1e6:N0} MB, {node.Containers.Count} containers, in {workspace.Root}");

        clockwork.Start();
        MakeDataDir(agent);
        troubles.Begin(workspace, random);
        Torture(agent, node, clockwork, random, kills);
        clockwork.Stop();
        troubles.End();
        node.Ledger.Save(workspace.Ledger);
        int left = Drain(agent);
        OracleReport files = ObjectOracle.Check(workspace.Objects, node.Ledger, new OracleOptions { Node = Workspace.NodeName });
        OracleReport s3 = ObjectOracle.Check(
            Path.Combine(workspace.S3Directory, S3Troubles.Bucket), node.Ledger, new OracleOptions { Node = Workspace.NodeName, Suffix = S3Rver.ObjectSuffix });
        Summary.PrintNode(files, node.Stats, agent, left);
        foreach ((string name, string amount) in troubles.Amounts()) Summary.Row(name, amount);
        return Summary.PrintStores(agent, left, troubles.Violations, ("filesystem", files), ("s3", s3));
    }

    // On a disk without room for an empty data dir the very first start ends with exit code 3, as it should.
    private static void MakeDataDir(Agent agent)
    {
        agent.Start();
        agent.AwaitReady();
        agent.Kill();
    }

    private static void Torture(Agent agent, NodeSimulator node, NodeClockwork clockwork, SeededRandom random, int kills)
    {
        long start = Stopwatch.GetTimestamp();
        while (agent.Kills < kills || clockwork.IsRunning)
        {
            Live(agent, random, kills);
            Thread.Sleep(Down(random, kills < ShortRunKills ? LongestInShortRunMs : LongestLongDownMs));
            if ((agent.Kills + agent.Terms) % ReportEvery == 0)
                Console.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0} s  {agent.Kills} kills, {node.Stats.Bytes / 1e6:N0} MB, {node.Stats.Rotations} rotations");
        }
    }

    private static int Down(SeededRandom random, int longest) =>
        random.Chance(LongDownChance) ? random.Between(ShortestLongDownMs, longest)
        : random.Chance(0.5) ? 0
        : random.Below(LongestDownMs);

    // Logs as small as the asked-for data needs for twice the rotations that contract §6 asks for.
    private static NodeOptions Options(ulong seed, long bytes) => new()
    {
        Seed = seed,
        Time = TimeProvider.System,
        Pods = 20,
        Containers = 50,
        MaxFileBytes = (int)Math.Clamp(bytes / 500, 64 * 1024, 4 * 1024 * 1024),
        RestartChance = 0.0005,
        NewPodChance = 0.0002,
        LossAllowed = true, // of what goes with its pod, or as an old run of a container
        MaxFiles = int.MaxValue,
        PodDeletionChance = 0.0001,
        CutRecords = false, // delivered only when their container is known to be over, maybe after the end of the run
    };

    private static void Live(Agent agent, SeededRandom random, int kills)
    {
        agent.Start();
        Thread.Sleep(random.Between(ShortestLifeMs, LongestLifeMs));
        agent.Scrape();
        if (agent.Kills < kills && !random.Chance(TermChance))
        {
            agent.Kill();
            return;
        }

        // Before it is ready a SIGTERM may find no handler yet, and its exit code says nothing.
        agent.AwaitReady();
        agent.Stop();
    }

    private static int Drain(Agent agent)
    {
        agent.Start();
        agent.AwaitReady();
        agent.AwaitCaughtUp(CatchUpTimeout);
        agent.Stop();
        return agent.RunOnce();
    }
}
