using System.Diagnostics;
using Collector.Testing.Mix;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Collector.Torture.Apps;
using Collector.Torture.Pods;
using Collector.Torture.Troubles;

namespace Collector.Torture;

/// <summary>
/// Many kills at random moments of a busy node, with outputs whose stores fail in every way, pods that change, files that are
/// put aside in every way, a disk that fills up and a clock that steps; and no line lost, doubled, spoilt, misplaced or out of
/// order in any store (contract §6).
/// </summary>
internal static class TortureCommand
{
    // A life is 0.1 to 2.5 s, so that kills fall into starting, reading, sealing and uploading alike.
    private const int ShortestLifeMs = 100, LongestLifeMs = 2_500;
    private const int LongestDownMs = 1_500;

    // One down time in twelve is as long as a node's update takes: logs rotate more than once. A short run has shorter ones.
    private const double LongDownChance = 1 / 12.0;
    private const int ShortestLongDownMs = 5_000, LongestLongDownMs = 30_000, LongestInShortRunMs = 8_000, ShortRunKills = 50;
    private const double MeanRoundSeconds = 3.7;
    private const string MaxAge = "2s";

    // One end in eight is a polite one.
    private const double TermChance = 0.125;

    private const int ReportEvery = 10;

    // The first of all outputs, which take everything; the others are for what changes.
    private const int SteadyOutputs = 2;

    // A change of a pod is spared from kills now and then: what comes of it is certain then.
    private const double SpareChance = 0.6;
    private static readonly TimeSpan LongestSpared = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromMinutes(5), KnownTimeout = TimeSpan.FromSeconds(30);

    public static int Run(string collector, string directory, int kills, long bytes, ulong seed, string compression, bool isSteady)
    {
        var random = new SeededRandom(seed);
        var workspace = new Workspace(directory, MaxAge, compression, isWhole: true);
        using var troubles = new RunTroubles(workspace, seed);
        workspace.AddS3(troubles.S3Endpoint, MaxAge);
        if (!isSteady)
        {
            workspace.AddMatching(MaxAge);
            workspace.AddApi(troubles.Api.Address);
        }

        using var node = new NodeSimulator(workspace.Node, Options(seed, bytes) with { Api = isSteady ? null : troubles.Api.Store });
        using var clockwork = new NodeClockwork(node, bytes / (kills * MeanRoundSeconds), bytes);
        using var agent = new Agent(collector, workspace, troubles.Launcher);
        using var standstill = new Standstill(writers: 2);
        using PodChanges? pods = isSteady ? null : new PodChanges(workspace, agent, node, standstill, random.Fork());
        using AppFiles? files = isSteady ? null : new AppFiles(workspace, node.Ledger, standstill, random.Fork());
        Console.WriteLine($"seed {seed}: {kills} kills, {bytes / 1e6:N0} MB, {node.Containers.Count} containers, in {workspace.Root}");

        MakeDataDir(agent, pods);
        clockwork.Start();
        files?.Start();
        pods?.Start();
        troubles.Begin(workspace, random);
        Torture(agent, node, clockwork, pods, random, kills, bytes);
        pods?.Stop();
        files?.Stop();
        clockwork.Stop();
        pods?.End();
        troubles.End();
        node.Ledger.Save(workspace.Ledger);
        int left = Drain(agent);
        (string Name, OracleReport Report)[] stores = [.. Outputs.All.Take(isSteady ? SteadyOutputs : Outputs.All.Length).Select(o => (o, Check(o, workspace, node.Ledger)))];
        agent.NoteUnexpectedExceptions();
        Summary.PrintNode(stores[0].Report, node.Stats, agent, left);
        if (pods is not null && files is not null) Summary.PrintChanges(pods, files);
        foreach ((string name, string amount) in troubles.Amounts()) Summary.Row(name, amount);
        return Summary.PrintStores(agent, left, troubles.Violations, stores);
    }

    public static OracleReport Check(string output, Workspace workspace, Ledger ledger) =>
        ObjectOracle.Check(Outputs.StoreOf(output, workspace), ledger, Outputs.Checks(output));

    // On a disk without room for an empty data dir the very first start ends with exit code 3, as it should.
    // And what pods wish is known from then on, whether the API is there or not.
    private static void MakeDataDir(Agent agent, PodChanges? pods)
    {
        agent.Start();
        agent.AwaitReady();
        if (pods is not null) Retry.Until("the collector has the pods on its disk", () => pods.AreKnown, KnownTimeout);
        agent.Kill();
    }

    private static void Torture(Agent agent, NodeSimulator node, NodeClockwork clockwork, PodChanges? pods, SeededRandom random, int kills, long bytes)
    {
        long start = Stopwatch.GetTimestamp();
        while (agent.Kills < kills || clockwork.IsRunning)
        {
            // However slow the machine is: logs are written from the first kill to the last.
            clockwork.Limit = agent.Kills >= kills ? long.MaxValue : bytes / kills * (agent.Kills + 1);
            Live(agent, pods, random, kills);
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

    private static void Live(Agent agent, PodChanges? pods, SeededRandom random, int kills)
    {
        pods?.LifeBegins();
        agent.Start();
        Thread.Sleep(random.Between(ShortestLifeMs, LongestLifeMs));
        if (pods is not null && random.Chance(SpareChance)) Retry.Within(() => !pods.WantsLife, LongestSpared);
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
