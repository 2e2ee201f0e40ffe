using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>Contract §9: <c>collector verify</c>, and <c>hack/verify.py</c>, which has none of its code and finds the same.</summary>
public sealed class VerifyTests(ProvenBucket bucket) : IClassFixture<ProvenBucket>
{
    private const string Copied = "persisted-logs/namespace-copied.pod-x.cont-y/";

    /// <summary>What is done to a bucket in that directory, and the holes that both name, "kind key" each.</summary>
    private static readonly SortedDictionary<string, Func<ProvenBucket, string, string[]>> Deeds = new(StringComparer.Ordinal)
    {
        ["nothing"] = (_, _) => [],
        ["object removed"] = (b, at) => Do(() => File.Delete(at + b.Objects[3]), $"object_missing {b.Objects[3]}"),
        ["object altered"] = (b, at) => Do(() => ProvenBucket.FlipBit(at + b.Objects[2]), $"object_altered {b.Objects[2]}"),
        ["object truncated"] = (b, at) => Do(() => Cut(at + b.Objects[1]), $"object_altered {b.Objects[1]}"),
        ["objects exchanged"] = (b, at) => Do(() => ProvenBucket.Exchange(at + b.Objects[0], at + b.Objects[^1]), $"object_altered {b.Objects[0]}", $"object_altered {b.Objects[^1]}"),
        ["object copied"] = (b, at) => Do(() => Copy(at, b.Objects[4], Copied + Name(b.Objects[4])), $"object_added {Copied + Name(b.Objects[4])}"),
        ["foreign file"] = (b, at) => Do(() => Copy(at, b.Objects[4], Copied + "copy-of-an-object.jsonl.gz")),
        ["catalog removed in the middle"] = (b, at) => Do(() => File.Delete(at + b.Catalogs[2]), $"catalog_missing {b.Catalogs[3]}"),
        ["catalog removed, the first"] = (b, at) => Do(() => File.Delete(at + b.Catalogs[0]), $"catalog_missing {b.Catalogs[1]}"),
        ["catalog removed, the newest"] = (b, at) => Do(() => File.Delete(at + b.Catalogs[^1])), // nothing vouches for it: its objects wait
        ["catalog altered"] = (b, at) => Do(() => ProvenBucket.FlipBit(at + b.Catalogs[1]), $"catalog_altered {b.Catalogs[1]}"),
        ["catalog rewritten"] = (b, at) => Do(() => ProvenBucket.Rewrite(at + b.Catalogs[2], Lie), $"catalog_altered {b.Catalogs[2]}"),
        ["catalogs exchanged"] = (b, at) => Do(() => ProvenBucket.Exchange(at + b.Catalogs[1], at + b.Catalogs[2]), $"catalog_altered {b.Catalogs[1]}", $"catalog_altered {b.Catalogs[2]}"),
        ["catalog copied to another seq"] = (b, at) => Do(() => Copy(at, b.Catalogs[2], NextSeq(b.Catalogs[2])), $"catalog_added {NextSeq(b.Catalogs[2])}"),
        ["catalog copied to another time"] = (b, at) => Do(() => Copy(at, b.Catalogs[2], NextTime(b.Catalogs[2])), $"catalog_altered {NextTime(b.Catalogs[2])}"),
    };

    public static TheoryData<string> DeedNames => [.. Deeds.Keys];

    /// <summary>S-159.</summary>
    [Theory]
    [MemberData(nameof(DeedNames))]
    public void Both_checkers_name_what_was_done_to_a_bucket(string deed)
    {
        string copy = bucket.Copy();
        string[] expected = Deeds[deed](bucket, copy + "/");

        JsonElement ours = Verify(copy), theirs = VerifyIndependently(copy);

        Assert.Equal(expected.Order(StringComparer.Ordinal), HolesOf(ours));
        Assert.Equal(expected.Order(StringComparer.Ordinal), HolesOf(theirs));
        Assert.Equal(Counts(theirs), Counts(ours));
        Assert.Equal(deed == "foreign file" ? 1 : 0, ours.GetProperty("foreign").GetInt32());
        Assert.Equal(deed == "catalog removed, the newest", ours.GetProperty("waiting").GetProperty("objects").GetInt32() > 0);
    }

    [Fact]
    public void A_person_reads_a_row_a_node_and_a_sentence_a_hole()
    {
        string copy = bucket.Copy();
        CommandRun whole = CommandRun.Collector("verify", "--from", copy);
        Assert.Equal((0, ""), (whole.ExitCode, whole.Errors));
        Assert.Matches(@"(?m)^node1 +default +[0-9a-f]{8} +20\S+Z +5 +\d+ +\d+ +\d+ +\d+ +0$", whole.Output);
        Assert.Matches("(?m)^node2 +default ", whole.Output);
        Assert.Contains("WHOLE: everything that the catalogs list", whole.Output, StringComparison.Ordinal);

        File.Delete(Path.Combine(copy, bucket.Objects[0]));
        Cut(Path.Combine(copy, bucket.Objects[1]));
        foreach (string[] more in (string[][])[[], ["--quick"]])
        {
            CommandRun broken = CommandRun.Collector(["verify", "--from", copy, .. more]);
            Assert.Equal((1, ""), (broken.ExitCode, broken.Errors));
            Assert.Contains($"HOLE object_missing: {bucket.Objects[0]} is missing: it held ", broken.Output, StringComparison.Ordinal);
            Assert.Contains($"HOLE object_altered: {bucket.Objects[1]} is not the object that was stored: it has ", broken.Output, StringComparison.Ordinal);
            Assert.Contains("NOT WHOLE: 2 holes.", broken.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_catalog_that_was_rewritten_whole_is_not_one_that_is_missing()
    {
        string copy = bucket.Copy();
        foreach (string file in Directory.GetFiles(Path.Combine(copy, "persisted-logs/_catalog"), "*", SearchOption.AllDirectories))
            File.WriteAllText(file, "rewritten");
        CommandRun altered = CommandRun.Collector("verify", "--from", copy);
        Assert.Equal(1, altered.ExitCode);
        Assert.StartsWith("No catalog object below persisted-logs/_catalog/ is as it was stored", altered.Output, StringComparison.Ordinal);
        Assert.Contains("HOLE catalog_altered: ", altered.Output, StringComparison.Ordinal);
        Assert.Contains("NOT WHOLE: ", altered.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("There is no catalog", altered.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_catalog_nothing_is_proven()
    {
        string copy = bucket.Copy();
        Directory.Delete(Path.Combine(copy, "persisted-logs/_catalog"), recursive: true);
        CommandRun none = CommandRun.Collector("verify", "--from", copy);
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("There is no catalog below persisted-logs/_catalog/", none.Output, StringComparison.Ordinal);
        Assert.Equal(2, CommandRun.Collector("verify", "--from", copy, "--since", "yesterday").ExitCode);
    }

    /// <summary>
    /// Agents that are killed, a layout in which a file's bytes go to several prefixes, and a checker that looks all the time: what is
    /// on its way is never a hole.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData("keyPrefix: 'persisted-logs/{.kubernetes.namespace_name||\"none\"}/{.stream||\"none\"}/', ")]
    public void A_bucket_that_is_written_to_has_no_holes(string layout)
    {
        using var stage = new Stage();
        stage.Outputs = [new OutputYaml(Catalog: "interval: 200ms", More: layout + "compression: zstd")];
        var options = new NodeOptions { Time = TimeProvider.System, Pods = 4, Containers = 8, MaxFileBytes = 100_000, CutRecords = false, RestartChance = 0.005 };
        using var node = new NodeSimulator(stage.Tree.Root, options);
        using (var clockwork = new NodeClockwork(node, 1_000_000))
        {
            clockwork.Start();
            for (int life = 0; life < 3; life++)
            {
                Agent agent = stage.Start();
                agent.AwaitUploaded(500);
                for (int look = 0; look < 3; look++)
                    AssertNoHoles(stage.Objects);
                agent.Kill();
                agent.WaitForExit();
                AssertNoHoles(stage.Objects);
            }

            clockwork.Stop();
        }

        Assert.Equal(0, stage.RunOnce());
        JsonElement last = Verify(stage.Objects);
        Assert.Equal((true, 0, 0), (last.GetProperty("whole").GetBoolean(), last.GetProperty("waiting").GetProperty("objects").GetInt32(), last.GetProperty("unsaid").GetProperty("objects").GetInt32()));
        Assert.Equal(StoredRecords.Lines(stage.Objects).Count, last.GetProperty("nodes").EnumerateArray().Sum(one => one.GetProperty("records").GetInt64()));
    }

    /// <summary>A time without a catalog, and then without a data dir.</summary>
    [Fact]
    public void What_was_told_of_by_nobody_is_no_hole()
    {
        using var stage = new Stage();
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 2, Containers = 2, CutRecords = false });
        foreach (string catalog in (string[])["interval: 10m", "enabled: false", "interval: 10m"])
        {
            stage.Outputs = [new OutputYaml(Catalog: catalog)];
            node.Write(50_000);
            node.Finish();
            Assert.Equal(0, stage.RunOnce());
        }

        Assert.True(Verify(stage.Objects).GetProperty("unsaid").GetProperty("objects").GetInt32() > 0);
        AssertNoHoles(stage.Objects);

        stage.DataDir = stage.Sub("another");
        Assert.Equal(0, stage.RunOnce());
        JsonElement after = AssertNoHoles(stage.Objects);
        Assert.Equal(2, after.GetProperty("nodes").GetArrayLength());
    }

    private static JsonElement AssertNoHoles(string directory)
    {
        JsonElement ours = Verify(directory);
        Assert.Empty(HolesOf(ours));
        Assert.Empty(HolesOf(VerifyIndependently(directory)));
        return ours;
    }

    private static JsonElement Verify(string directory) => Document(CommandRun.Collector("verify", "--json", "--from", directory));

    private static JsonElement VerifyIndependently(string directory) => Document(CommandRun.Of(Path.Combine(Repository.Root, "hack", "verify.py"), directory));

    private static JsonElement Document(CommandRun run)
    {
        Assert.True(run.ExitCode is 0 or 1, run.Errors);
        JsonElement document = JsonSerializer.Deserialize<JsonElement>(run.Output);
        Assert.Equal(run.ExitCode == 0, document.GetProperty("whole").GetBoolean());
        return document;
    }

    private static IEnumerable<string> HolesOf(JsonElement report) =>
        report.GetProperty("holes").EnumerateArray().Select(hole => $"{hole.GetProperty("kind").GetString()} {hole.GetProperty("key").GetString()}").Order(StringComparer.Ordinal);

    /// <summary>What both count.</summary>
    private static string Counts(JsonElement report)
    {
        static long Number(JsonElement sum) => sum.ValueKind == JsonValueKind.Object ? sum.GetProperty("objects").GetInt64() : sum.GetInt64();
        IEnumerable<string> nodes = report.GetProperty("nodes").EnumerateArray().Select(one =>
            $"{one.GetProperty("node").GetString()} {one.GetProperty("instance").GetString()} {one.GetProperty("objects").GetInt64()} {one.GetProperty("records").GetInt64()} {one.GetProperty("stored_bytes").GetInt64()}");
        return string.Join('\n', nodes.Order(StringComparer.Ordinal).Append($"waiting {Number(report.GetProperty("waiting"))}, unsaid {Number(report.GetProperty("unsaid"))}, foreign {Number(report.GetProperty("foreign"))}"));
    }

    private static string[] Do(Action deed, params string[] holes)
    {
        deed();
        return holes;
    }

    private static void Cut(string file)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.SetLength(stream.Length - 1);
    }

    private static void Copy(string at, string key, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(at + to)!);
        File.Copy(at + key, at + to);
    }

    private static string Name(string key) => key[(key.LastIndexOf('/') + 1)..];

    /// <summary>The first object has had a record more.</summary>
    private static string Lie(string text) => text.Replace("\"records\":", "\"records\":1", StringComparison.Ordinal);

    private static string NextSeq(string key)
    {
        string chunk = key.Split('-')[^1];
        long seq = long.Parse(chunk[..12], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        return key[..^chunk.Length] + $"{seq + 1:x12}{chunk[12..]}";
    }

    private static string NextTime(string key)
    {
        string time = Name(key)[..13];
        return key.Replace($"/{time}-", $"/{long.Parse(time, System.Globalization.CultureInfo.InvariantCulture) + 1}-", StringComparison.Ordinal);
    }
}
