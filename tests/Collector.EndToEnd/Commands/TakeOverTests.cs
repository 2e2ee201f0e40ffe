using System.Globalization;
using System.Text.Json.Nodes;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>A switch from another agent on a live node: nothing is lost and nothing repeated.</summary>
public sealed class TakeOverTests : IDisposable
{
    private readonly Stage stage = new();

    static TakeOverTests() => SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());

    public void Dispose() => stage.Dispose();

    [Fact]
    public void From_fluent_bit_with_a_rotation_between() => Switch("fluent-bit", WriteDatabase);

    [Fact]
    public void From_Fluentd_with_a_rotation_between() => Switch("fluentd", WritePositionFile);

    /// <summary>The init container of the example, on paths of this machine.</summary>
    [Fact]
    public void The_values_of_the_example_take_over()
    {
        CommandRun run = CommandRun.Of(
            ChartFiles.Tool("helm4"), "template", "collector", Repository.In("charts/collector"), "-n", "logging", "--set", "image.repository=registry.example.com/collector",
            "-f", Repository.In("deploy/examples/take-over-values.yaml"));
        Assert.True(run.ExitCode == 0, run.Errors);
        RenderedChart chart = RenderedChart.Parse(run.Output);
        JsonNode container = chart.Pod["spec"]!["initContainers"]!.AsArray().Single(c => (string)c!["name"]! == "take-over")!;
        Assert.Equal((string?)chart.Container["image"], (string?)container["image"]);

        PodLog log = new PodLog(stage.Tree).Write("theirs");
        WriteDatabase(stage.Sub("flb_kube.db"), [PositionOf(log)]);
        log.Write("ours");
        Directory.CreateDirectory(stage.DataDir);
        string dataDir = (string)container["volumeMounts"]!.AsArray().Single(m => (string)m!["name"]! == "data")!["mountPath"]!;
        string[] arguments = [.. container["args"]!.AsArray().Select(a => ((string)a!).Replace("/fluent-bit/", $"{stage.Root}/", StringComparison.Ordinal).Replace(dataDir, stage.DataDir, StringComparison.Ordinal))];
        Assert.Equal(0, CommandRun.Collector(arguments).ExitCode);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["ours"], StoredRecords.Texts(stage.Objects));
    }

    private void Switch(string agent, Action<string, IReadOnlyList<(string Path, long Offset, string Inode)>> write)
    {
        PodLog cart = new PodLog(stage.Tree, "cart", id: new string('1', 64)).Write("theirs 1", "theirs 2");
        PodLog other = new PodLog(stage.Tree, "other", uid: "2", id: new string('2', 64)).Write("theirs 3");
        string positions = stage.Sub("positions");
        write(positions, [PositionOf(cart), PositionOf(other)]);

        // Nobody reads; then the collector comes.
        cart.Write("between");
        File.Move(cart.FilePath, $"{cart.FilePath}.20261121-000102");
        File.WriteAllText(cart.FilePath, "");
        cart.Write("ours 1");
        new PodLog(stage.Tree, "new", uid: "3", id: new string('3', 64)).Write("ours 2");
        CommandRun taken = TakeOver(agent, positions);
        Assert.Equal((0, ""), (taken.ExitCode, taken.Errors));
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["between", "ours 1", "ours 2"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));

        // An init container runs at each start.
        CommandRun again = TakeOver(agent, positions);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("has taken over positions before", again.Output, StringComparison.Ordinal);
        other.Write("later");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["between", "later", "ours 1", "ours 2"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));
    }

    private CommandRun TakeOver(string agent, string positions)
    {
        Directory.CreateDirectory(stage.DataDir);
        return CommandRun.Collector("convert", "--from", agent, "--positions", positions, "--data-dir", stage.DataDir);
    }

    private static (string Path, long Offset, string Inode) PositionOf(PodLog log) =>
        (log.LinkPath, new FileInfo(log.FilePath).Length, CommandRun.Of("stat", "-c", "%i", log.FilePath).Output.Trim());

    private static void WriteDatabase(string file, IReadOnlyList<(string Path, long Offset, string Inode)> positions)
    {
        using var database = new SqliteConnection($"Data Source={file};Pooling=False");
        database.Open();
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = "CREATE TABLE in_tail_files (id INTEGER PRIMARY KEY, name TEXT NOT NULL, offset INTEGER, inode INTEGER, created INTEGER, rotated INTEGER DEFAULT 0)";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO in_tail_files (name, offset, inode, created) VALUES ($name, $offset, $inode, unixepoch())";
        foreach ((string path, long offset, string inode) in positions)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$name", path);
            command.Parameters.AddWithValue("$offset", offset);
            command.Parameters.AddWithValue("$inode", long.Parse(inode, CultureInfo.InvariantCulture));
            command.ExecuteNonQuery();
        }
    }

    private static void WritePositionFile(string file, IReadOnlyList<(string Path, long Offset, string Inode)> positions) =>
        File.WriteAllText(file, string.Concat(positions.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Path}\t{p.Offset:x16}\t{ulong.Parse(p.Inode, CultureInfo.InvariantCulture):x16}\n"))));
}
