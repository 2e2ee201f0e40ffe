using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Collector.Testing.Mix;
using Collector.Testing.Node;
using Xunit;

namespace Collector.EndToEnd.Helpers;

public sealed partial class NodeSimulatorTests : IDisposable
{
    private static readonly NodeOptions Busy = new() { Pods = 4, Containers = 8, MaxFileBytes = 40_000, RestartChance = 0.01 };

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void All_that_the_ledger_knows_is_on_disk_in_order()
    {
        using NodeSimulator node = Run(Busy, 3_000_000);
        List<NodeRecord> records = [.. NodeReader.ReadAll(node.Tree.Pods)];
        Assert.Equal(node.Ledger.Records, records.Count);
        foreach (LedgerWriter writer in node.Ledger.Writers)
        {
            List<NodeRecord> own = [.. records.Where(r => (r.Uid, r.Container) == (writer.Identity.Uid, writer.Identity.Container))];
            Assert.Equal(Enumerable.Range(0, (int)writer.Stdout.Records), SequencesOf(own, "stdout"));
            Assert.Equal(Enumerable.Range(0, (int)writer.Stderr.Records), SequencesOf(own, "stderr"));
        }

        Assert.All((int[])[node.Stats.Rotations, node.Stats.SplitRotations, node.Stats.UndoneRotations, node.Stats.Gzips, node.Stats.Restarts, node.Stats.CutRecords],
            count => Assert.NotEqual(0, count));
    }

    [Fact]
    public void Names_and_links_are_kubelets()
    {
        using NodeSimulator node = Run(Busy, 2_000_000);
        foreach (string link in Directory.GetFiles(node.Tree.Containers))
        {
            Assert.Matches(LinkName(), Path.GetFileName(link));
            string target = new FileInfo(link).LinkTarget!;
            Assert.True(Path.IsPathRooted(target) && File.Exists(target));
        }

        foreach (string file in Directory.GetFiles(node.Tree.Pods, "*", SearchOption.AllDirectories))
            Assert.Matches(LogName(), Path.GetFileName(file));
    }

    [Fact]
    public void The_newest_rotated_file_stays_plain_and_the_older_ones_are_compressed()
    {
        using NodeSimulator node = Run(Busy with { RestartChance = 0 }, 3_000_000);
        SimulatedContainer most = node.Containers.MaxBy(c => Directory.GetFiles(c.LogDirectory).Length)!;
        List<string> rotated = NodeReader.Generations(most.LogDirectory, 0)[..^1];
        Assert.True(rotated.Count > Busy.MaxFiles);
        Assert.DoesNotContain(".gz", rotated[^1], StringComparison.Ordinal);
        Assert.All(rotated[..^1], f => Assert.EndsWith(".gz", f, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rotation_can_fall_between_the_parts_of_a_record()
    {
        using NodeSimulator node = Run(Busy, 0);
        SimulatedContainer container = node.Containers[0];
        container.BeginSplitMessage();
        container.BeginRotation();
        container.Reopen();
        container.FinishPending();
        List<string> files = NodeReader.Generations(container.LogDirectory, 0);
        Assert.Contains(" stdout P ", NodeReader.ReadLines(files[0]).Last(), StringComparison.Ordinal);
        Assert.Contains(" stdout F ", NodeReader.ReadLines(files[1]).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_runtime_writes_to_the_renamed_file_until_it_reopens()
    {
        using NodeSimulator node = Run(Busy, 0);
        SimulatedContainer container = node.Containers[0];
        container.Write(5);
        container.BeginRotation();
        Assert.False(File.Exists(container.LogPath));
        container.Write(5);
        container.FinishPending();
        container.Reopen();
        Assert.Equal(0, new FileInfo(container.LogPath).Length);
        Assert.True(NodeReader.ReadLines(NodeReader.Generations(container.LogDirectory, 0)[0]).Count() >= 10);
    }

    [Fact]
    public void A_rotation_that_is_undone_leaves_one_file_with_all_lines()
    {
        using NodeSimulator node = Run(Busy, 0);
        SimulatedContainer container = node.Containers[0];
        container.Write(5);
        container.BeginRotation();
        container.UndoRotation();
        container.Write(5);
        Assert.Equal([container.LogPath], Directory.GetFiles(container.LogDirectory));
        Assert.Equal(container.Length, new FileInfo(container.LogPath).Length);
    }

    [Fact]
    public void Compression_goes_by_tmp_then_both_then_gz_alone()
    {
        using NodeSimulator node = Run(Busy, 0);
        SimulatedContainer container = node.Containers[0];
        container.Write(200);
        container.FinishPending();
        container.BeginRotation();
        container.Reopen();
        string plain = NodeReader.Generations(container.LogDirectory, 0)[0];
        byte[] content = File.ReadAllBytes(plain);
        container.BeginRotation();
        container.Reopen();
        container.AdvanceGzip(1000);
        Assert.True(File.Exists(plain + ".tmp") && !File.Exists(plain + ".gz"));
        while (!File.Exists(plain + ".gz")) container.AdvanceGzip(1000);
        Assert.True(File.Exists(plain) && !File.Exists(plain + ".tmp"));
        container.AdvanceGzip(1000);
        Assert.False(File.Exists(plain));
        using var gzip = new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        gzip.CopyTo(decoded);
        Assert.Equal(content, decoded.ToArray());
    }

    [Fact]
    public void A_restart_makes_a_new_log_and_link_and_the_old_link_goes_later()
    {
        using NodeSimulator node = Run(Busy, 0);
        SimulatedContainer container = node.Containers[0];
        int links = Directory.GetFiles(node.Tree.Containers).Length;
        container.Restart();
        Assert.EndsWith("/1.log", container.LogPath, StringComparison.Ordinal);
        Assert.Equal(links + 1, Directory.GetFiles(node.Tree.Containers).Length);
        container.RemoveStaleLink();
        Assert.Equal(links, Directory.GetFiles(node.Tree.Containers).Length);
        Assert.True(File.Exists(Path.Combine(container.LogDirectory, "0.log")));
    }

    [Fact]
    public void With_leave_to_lose_files_and_pods_vanish_and_the_ledger_excuses_them()
    {
        NodeOptions lossy = Busy with { LossAllowed = true, PodDeletionChance = 0.01, Pods = 2, Containers = 4 };
        using NodeSimulator node = Run(lossy, 4_000_000);
        Assert.NotEqual(0, node.Stats.DeletedFiles);
        Assert.NotEqual(0, node.Stats.DeletedPods);
        IdealStore.Of(node.Tree, directory.Sub("objects"));
        var report = Testing.Oracle.ObjectOracle.Check(directory.Sub("objects"), node.Ledger);
        Assert.True(report.IsClean, report.ToString());
        Assert.NotEqual(0, report.Excused);
    }

    [Fact]
    public void The_same_seed_makes_the_same_tree()
    {
        using NodeSimulator one = Run(Busy, 1_000_000, "one"), two = Run(Busy, 1_000_000, "two");
        Assert.Equal(Tree(one), Tree(two));
    }

    [Fact]
    public void Docker_logs_are_json_behind_two_links()
    {
        using NodeSimulator node = Run(Busy with { Format = RuntimeFormat.DockerJson }, 500_000);
        SimulatedContainer container = node.Containers[0];
        string target = new FileInfo(container.LogPath).LinkTarget!;
        Assert.EndsWith("-json.log", target, StringComparison.Ordinal);
        foreach (string line in File.ReadLines(target))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            Assert.Contains(json.RootElement.GetProperty("stream").GetString(), (string[])["stdout", "stderr"]);
            Assert.NotEmpty(json.RootElement.GetProperty("log").GetString()!);
        }
    }

    [Fact]
    public void A_ledger_survives_its_file()
    {
        using NodeSimulator node = Run(Busy, 1_000_000);
        node.Ledger.Save(directory.Sub("ledger.json"));
        Ledger loaded = Ledger.Load(directory.Sub("ledger.json"));
        Assert.Equal(node.Ledger.Records, loaded.Records);
        Assert.Equal(node.Ledger.Writers.Select(w => w.Identity), loaded.Writers.Select(w => w.Identity));
        Assert.Equal(node.Ledger.Writers.SelectMany(w => w.Stdout.Cuts), loaded.Writers.SelectMany(w => w.Stdout.Cuts));
    }

    private static IEnumerable<int> SequencesOf(IEnumerable<NodeRecord> records, string stream) => records
        .Where(r => r.Stream == stream)
        .Select(r => TraceMark.TryRead(System.Text.Encoding.UTF8.GetBytes(r.Log), out TraceMark mark) && (mark.IsIntact || r.Partial) ? (int)mark.Sequence : -1);

    private static IEnumerable<(string, long)> Tree(NodeSimulator node) => Directory
        .GetFiles(node.Tree.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(f => (Path.GetRelativePath(node.Tree.Root, f), new FileInfo(f).Length));

    private NodeSimulator Run(NodeOptions options, long bytes, string name = "node")
    {
        var node = new NodeSimulator(directory.Sub(name), options);
        node.Write(bytes);
        node.Finish();
        return node;
    }

    [GeneratedRegex(@"^[a-z0-9-]+_[a-z0-9-]+_[a-z0-9-]+-[0-9a-f]{64}\.log$")]
    private static partial Regex LinkName();

    [GeneratedRegex(@"^\d+\.log(\.\d{8}-\d{6}(\.gz)?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex LogName();
}
