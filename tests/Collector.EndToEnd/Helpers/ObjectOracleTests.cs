using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Helpers;

public sealed class ObjectOracleTests : IDisposable
{
    private static readonly NodeOptions Small = new() { Pods = 3, Containers = 5, MaxFileBytes = 20_000, RestartChance = 0.05 };

    private readonly TemporaryDirectory directory = new();
    private readonly NodeSimulator node;
    private readonly IdealStore store;

    public ObjectOracleTests()
    {
        node = new NodeSimulator(directory.Sub("node"), Small);
        node.Write(600_000);
        node.Finish();
        store = IdealStore.Of(node.Tree, directory.Sub("objects"));
    }

    public void Dispose()
    {
        node.Dispose();
        directory.Dispose();
    }

    [Fact]
    public void A_faultless_store_is_clean()
    {
        OracleReport report = Check();
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(node.Ledger.Records, report.RecordsStored);
        Assert.NotEqual(0, node.Stats.CutRecords);
        Assert.NotEqual(0, node.Stats.SplitRotations);
    }

    [Fact]
    public void A_removed_line_is_lost()
    {
        Edit(lines => lines.RemoveAt(3));
        ExpectOnly(Defect.Lost, 1);
    }

    [Fact]
    public void A_removed_object_is_lost_line_by_line()
    {
        int lines = File.ReadLines(store.Files[1]).Count();
        File.Delete(store.Files[1]);
        ExpectOnly(Defect.Lost, lines);
    }

    [Fact]
    public void A_repeated_line_is_duplicated()
    {
        Edit(lines => lines.Insert(4, lines[3]));
        ExpectOnly(Defect.Duplicated, 1);
    }

    [Fact]
    public void A_swapped_pair_is_misordered()
    {
        Edit(lines =>
        {
            int second = Enumerable.Range(1, lines.Count).First(i => StreamOf(lines[i]) == StreamOf(lines[i - 1]));
            (lines[second - 1], lines[second]) = (lines[second], lines[second - 1]);
        });
        ExpectOnly(Defect.Misordered, 1);
    }

    [Fact]
    public void Objects_whose_keys_were_swapped_are_misordered()
    {
        (string first, string second) = (store.Files[0], store.Files[1]);
        Assert.Equal(Path.GetDirectoryName(first), Path.GetDirectoryName(second));
        string content = File.ReadAllText(first);
        File.WriteAllText(first, File.ReadAllText(second));
        File.WriteAllText(second, content);
        Assert.NotEqual(0, Check()[Defect.Misordered]);
    }

    [Theory]
    [InlineData("\"log\":\"@t", "\"log\":\"@T", "no mark")]
    [InlineData("2026-11-20", "2026-11-21", "not what was written")]
    [InlineData("\"time\":\"2026", "\"time\":\"2027", "wrong time")]
    [InlineData("\"namespace_name\":\"", "\"namespace_name\":\"x", "wrong namespace_name")]
    [InlineData("\"pod_id\":\"", "\"pod_id\":\"0", "wrong pod_id")]
    [InlineData("\"stream\":\"std", "\"stream\":\"srd", "wrong stream")]
    [InlineData("\"log_type\":\"", "\"log_type\":\"x", "wrong log_type")]
    [InlineData("\"hostname\":", "\"log\":\"again\",\"hostname\":", "there twice")]
    [InlineData("\"log_source\":", "\"partial\":true,\"log_source\":", "not what was written")]
    [InlineData("\"hostname\":", "\"hostname\";", "not JSON")]
    public void A_spoilt_record_is_damaged_and_lost(string original, string spoilt, string said)
    {
        Edit(lines =>
        {
            int at = lines.FindIndex(l => l.Contains(original, StringComparison.Ordinal));
            lines[at] = lines[at].Replace(original, spoilt, StringComparison.Ordinal);
        });
        OracleReport report = Check();
        Assert.Equal(1, report[Defect.Damaged]);
        Assert.Equal(1, report[Defect.Lost]);
        Assert.Contains(said, report.Examples(Defect.Damaged)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_byte_anywhere_in_a_compressed_object_is_found()
    {
        string file = Compress(store.Files[0]);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(file, bytes);
        Assert.NotEqual(0, Check()[Defect.Damaged]);
    }

    [Fact]
    public void A_compressed_object_that_ends_early_is_damaged()
    {
        string file = Compress(store.Files[0]);
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..^20]);
        Assert.NotEqual(0, Check()[Defect.Damaged]);
    }

    [Fact]
    public void A_record_under_another_pods_prefix_is_damaged()
    {
        string other = store.Files.First(f => Path.GetDirectoryName(f) != Path.GetDirectoryName(store.Files[0]));
        File.AppendAllLines(other, File.ReadLines(store.Files[0]).Take(1));
        OracleReport report = Check();
        Assert.Equal(1, report[Defect.Damaged]);
        Assert.Contains("belongs under", report.Examples(Defect.Damaged)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_object_is_a_defect()
    {
        File.WriteAllText(store.Files[^1].Replace(".jsonl", "9.jsonl", StringComparison.Ordinal), "");
        Assert.Equal(1, Check()[Defect.EmptyObject]);
    }

    [Fact]
    public void A_body_over_the_limit_is_a_defect()
    {
        long longest = store.Files.Max(f => new FileInfo(f).Length);
        Assert.Equal(1, Check(new OracleOptions { MaxBody = longest - 1 })[Defect.OversizedObject]);
        Assert.True(Check(new OracleOptions { MaxBody = longest }).IsClean);
    }

    [Fact]
    public void A_bad_key_is_a_defect()
    {
        File.Move(store.Files[0], store.Files[0].Replace("-node1-", "-", StringComparison.Ordinal).Replace(".jsonl", ".json", StringComparison.Ordinal));
        Assert.Equal(1, Check()[Defect.BadKey]);
    }

    [Fact]
    public void An_object_that_appeared_before_its_predecessor_is_a_defect()
    {
        File.SetLastWriteTimeUtc(store.Files[1], File.GetLastWriteTimeUtc(store.Files[0]).AddSeconds(-1));
        ExpectOnly(Defect.KeyOrder, 1);
    }

    [Fact]
    public void Temporary_files_are_no_objects()
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(store.Files[0])!, ".half-written"), "x");
        OracleReport report = Check();
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(1, report.TemporaryFiles);
    }

    [Theory]
    [InlineData("persisted-logs/namespace-shop.pod-cart.cont-app/1795219200000-node-1-00a1b2.jsonl.gz", true)]
    [InlineData("1795219200000-node1-00a1b2.log", true)]
    [InlineData("a/b=c/x-1795219200000-ip-10-0-0-1.ec2.internal-00a1b2.jsonl.zst", true)]
    [InlineData("logs1795219200000-node1-00a1b2.jsonl", true)]
    [InlineData("a/1795219200-node1-00a1b2.jsonl", false)]
    [InlineData("a//1795219200000-node1-00a1b2.jsonl", false)]
    [InlineData("a/../1795219200000-node1-00a1b2.jsonl", false)]
    [InlineData("a b/1795219200000-node1-00a1b2.jsonl", false)]
    [InlineData("a/1795219200000-node1-00a1b2.jsonl.bz2", false)]
    public void Keys_follow_the_contract(string key, bool good) => Assert.Equal(good, ObjectKey.TryParse(key, out _));

    private static string StreamOf(string line) => line.Contains("\"stream\":\"stdout\"", StringComparison.Ordinal) ? "o" : "e";

    private static string Compress(string file)
    {
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(file + ".gz"), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(File.ReadAllBytes(file));
        File.SetLastWriteTimeUtc(file + ".gz", File.GetLastWriteTimeUtc(file));
        File.Delete(file);
        return file + ".gz";
    }

    private OracleReport Check(OracleOptions? options = null) => ObjectOracle.Check(directory.Sub("objects"), node.Ledger, options);

    private void ExpectOnly(Defect defect, long count)
    {
        OracleReport report = Check();
        Assert.All(Enum.GetValues<Defect>(), d => Assert.Equal(d == defect ? count : 0, report[d]));
    }

    // The file keeps its time, so that nothing but the edit is wrong.
    private void Edit(Action<List<string>> edit)
    {
        DateTime time = File.GetLastWriteTimeUtc(store.Files[0]);
        List<string> lines = [.. File.ReadAllLines(store.Files[0])];
        edit(lines);
        File.WriteAllText(store.Files[0], string.Concat(lines.Select(l => l + "\n")));
        File.SetLastWriteTimeUtc(store.Files[0], time);
    }
}
