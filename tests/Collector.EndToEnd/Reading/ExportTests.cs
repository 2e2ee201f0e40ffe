using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>Contract §9: <c>collector export</c> over directories that the agent has written. Parquet is read by DuckDB.</summary>
public sealed partial class ExportTests : IDisposable
{
    private static readonly string[] Kubernetes =
    [
        "namespace_name", "pod_name", "pod_id", "container_name", "docker_id", "container_image", "container_hash", "restart_count",
        "owner_kind", "owner_name", "host", "labels", "annotations", "namespace_labels", "node_labels",
    ];

    private static readonly string[] Json = ["labels", "annotations", "namespace_labels", "node_labels", "fields"];

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    private string Files => stage.Sub("files");

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public void What_logs_prints_is_what_both_forms_hold(string format)
    {
        stage.Outputs = [new OutputYaml(More: $"format: {format}")];
        stage.Sources = [stage.ContainersSource("parseJson: true")];
        var options = new NodeOptions { Time = TimeProvider.System, Pods = 3, Containers = 6, MaxFileBytes = 100_000, CutRecords = false, RestartChance = 0.005 };
        using var node = new NodeSimulator(stage.Tree.Root, options);
        node.Write(2_000_000);
        node.Finish();
        Assert.Equal(0, stage.RunOnce());
        ILookup<string, string> printed = Done("logs", "-A", "--all-restarts", "-o", "jsonl").Output.Split('\n')[..^1].ToLookup(ContainerOf);
        Assert.True(printed.Count > 1, "one container shows nothing of several");

        Assert.Contains($", with {printed.Sum(one => one.Count())} lines.", Done("export", "--to", "jsonl", "-A", "--all-restarts", Files).Output, StringComparison.Ordinal);
        Assert.Contains($", with {printed.Sum(one => one.Count())} lines.", Done("export", "--to", "parquet", "-A", "--all-restarts", Files).Output, StringComparison.Ordinal);

        foreach (IGrouping<string, string> one in printed)
        {
            Assert.Equal(one, FilesOf(one.Key, "jsonl").SelectMany(File.ReadAllLines));
            string list = string.Join(", ", FilesOf(one.Key, "parquet").Select(file => $"'{file}'"));
            IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = Duck.Rows($"select * exclude (filename, file_row_number) from read_parquet([{list}], filename = true, file_row_number = true) order by filename, file_row_number");
            Assert.Equal(one.Count(), rows.Count);
            foreach ((string line, IReadOnlyDictionary<string, object?> row) in one.Zip(rows))
            {
                JsonObject record = JsonNode.Parse(line)!.AsObject();
                Assert.True(JsonNode.DeepEquals(record, RecordOf(row)), $"{line}\n{RecordOf(row).ToJsonString()}");
                Assert.Equal((string?)record["time"] is { } time ? MicrosecondOf(time) : null, row["time"]);
            }
        }
    }

    [Fact]
    public void Each_day_is_a_file_and_selection_is_that_of_logs()
    {
        new PodLog(stage.Tree).WriteRaw(Line("2026-11-20T23:59:59.999999999Z", "old") + Line("2026-11-21T00:00:00.000000000Z", "new", "stderr") + Line("2026-11-21T00:00:01Z", "new"));
        new PodLog(stage.Tree, container: "proxy", id: new string('b', 64)).WriteRaw(Line("2026-11-21T00:00:02Z", "proxied"));
        Assert.Equal(0, stage.RunOnce());

        Done("export", "cart", "-n", "shop", "--to", "jsonl", Files);
        Assert.Equal(["shop/cart/app.2026-11-20.jsonl", "shop/cart/app.2026-11-21.jsonl", "shop/cart/proxy.2026-11-21.jsonl"], StoredRecords.Keys(Files));
        Done("export", "--to", "parquet", "-A", stage.Sub("some"), "-c", "app", "--grep", "new", "--stream", "stderr", "--since-time", "2026-11-21");
        Assert.Equal(["shop/cart/app.2026-11-21.parquet"], StoredRecords.Keys(stage.Sub("some")));
        IReadOnlyDictionary<string, object?> row = Assert.Single(Duck.Rows($"from '{stage.Sub("some")}/**/*.parquet'"));
        Assert.Equal(("new", "stderr", "shop"), (row["log"], row["stream"], row["namespace_name"]));
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_only_on_demand()
    {
        new PodLog(stage.Tree).WriteRaw(Line("2026-11-21T00:00:01Z", "a line"));
        Assert.Equal(0, stage.RunOnce());
        string file = Path.Combine(Files, "shop/cart/app.2026-11-21.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "mine");

        CommandRun refused = Run("export", "-A", "--to", "jsonl", Files);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains($"{file} exists already. Give another directory, or --force", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(Files, "*", SearchOption.AllDirectories));

        Done("export", "-A", "--to", "jsonl", "--force", Files);
        Assert.Equal("a line", StoredRecords.TextOf(File.ReadAllText(file)));
    }

    [Fact]
    public void Of_a_damaged_object_what_is_whole_is_exported_and_the_rest_told()
    {
        new PodLog(stage.Tree).WriteMany(100);
        Assert.Equal(0, stage.RunOnce());
        string key = StoredRecords.Keys(stage.Objects).Single();
        using (FileStream file = File.OpenWrite(Path.Combine(stage.Objects, key))) file.SetLength(file.Length - 3);

        CommandRun damaged = Run("export", "-A", "--to", "parquet", Files);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains($"Damaged: {key}: it ends within a gzip trailer", damaged.Errors, StringComparison.Ordinal);
        Assert.Equal(100L, Duck.Rows($"select count(*) as n from '{Files}/**/*.parquet'")[0]["n"]);
    }

    [Fact]
    public void Nothing_found_makes_no_file_and_names_the_nearest()
    {
        new PodLog(stage.Tree, pod: "cart-1").Write("a line");
        Assert.Equal(0, stage.RunOnce());

        CommandRun none = Run("export", "carx-1", "--to", "parquet", Files);
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Contains("cart-1", none.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Files));
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("parquet")]
    public void A_full_disk_is_told_and_leaves_nothing_half(string form)
    {
        new PodLog(stage.Tree).WriteMany(100_000);
        Assert.Equal(0, stage.RunOnce());
        Directory.CreateDirectory(Files);
        using SmallDisk disk = Mount.OrSkip(Files, "1m");
        disk.Fill(Path.Combine(Files, "hog"));
        using (FileStream hog = File.OpenWrite(Path.Combine(Files, "hog"))) hog.SetLength(hog.Length - 65_536);

        CommandRun full = Run("export", "-A", "--to", form, Files);
        Assert.Equal((1, ""), (full.ExitCode, full.Output));
        Assert.Matches($"/shop/cart/app\\.[0-9-]+\\.{form} cannot be written: No space left on device", full.Errors);
        Assert.Equal(["hog"], Directory.GetFiles(Files, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void What_the_store_refuses_is_told_with_the_permission()
    {
        using var server = new Scripted(_ => Answer.S3(403, "AccessDenied"));

        CommandRun refused = CommandRun.Of("env", [.. Credentials, CollectorBinary.Path, "export", "-n", "shop", "--from", server.Url, "--to", "jsonl", Files]);

        Assert.Equal((5, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("s3:ListBucket", refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Files));
    }

    [Fact]
    public void An_interrupt_leaves_nothing_half()
    {
        const string Prefix = "persisted-logs/namespace-shop.pod-cart.cont-app/";
        string record = $$$"""{"time":"2026-11-21T00:00:01Z","log":"{{{new string('x', 300_000)}}}"}""" + "\n";
        string[] keys = [.. Enumerable.Range(1, 2).Select(i => $"{Prefix}179593340540{i}-node-1-0000000000000a1b2c3d4e5f.jsonl")];
        using var over = new ManualResetEventSlim();
        using var server = new Scripted(request =>
        {
            if (request.Target.Contains("list-type=2", StringComparison.Ordinal))
                return new Answer(200, List(request.Target.Contains("delimiter", StringComparison.Ordinal) ? $"<CommonPrefixes><Prefix>{Prefix}</Prefix></CommonPrefixes>"
                    : string.Concat(keys.Select(key => $"<Contents><Key>{key}</Key><LastModified>2026-11-21T10:00:00.000Z</LastModified><Size>{record.Length}</Size></Contents>"))), ("Content-Type", "application/xml"));
            if (request.Target.Contains(keys[1], StringComparison.Ordinal))
                over.Wait(TimeSpan.FromMinutes(1));
            return new Answer(200, record);
        });
        using CollectorProcess export = CollectorProcess.Start("/usr/bin/env", stage.Sub("export"), ["--default-signal=INT", .. Credentials, CollectorBinary.Path, "export", "-A", "--all-restarts", "--from", server.Url, "--to", "jsonl", Files]);
        try
        {
            Retry.Until("a file is begun", () => Directory.Exists(Files) && Directory.GetFiles(Files, "*.tmp", SearchOption.AllDirectories).Length > 0, Agent.Patience);
            Assert.Equal(0, CommandRun.Of("kill", "-INT", export.Id.ToString(CultureInfo.InvariantCulture)).ExitCode);
            Assert.Equal(130, export.WaitForExit(Agent.Patience));
        }
        finally
        {
            over.Set();
        }

        Assert.Empty(Directory.GetFiles(Files, "*", SearchOption.AllDirectories));
        Assert.Contains("Interrupted", File.ReadAllText(export.ErrorPath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--tail belongs to collector logs", "-A", "--to", "jsonl", "--tail", "5", "files")]
    [InlineData("--follow belongs to collector logs", "-A", "--to", "jsonl", "-f", "files")]
    [InlineData("-o belongs to collector logs", "-A", "--to", "jsonl", "-o", "raw", "files")]
    [InlineData("--multiline belongs to collector logs", "-A", "--to", "jsonl", "--multiline", "files")]
    [InlineData("'csv' is not a file format", "-A", "--to", "csv", "files")]
    [InlineData("Give one directory for the files", "-A", "--to", "jsonl")]
    [InlineData("say which lines", "--to", "jsonl", "files")]
    [InlineData("--to", "-A", "files")]
    public void What_makes_no_sense_is_refused_with_words(string words, params string[] arguments)
    {
        CommandRun run = Run(["export", .. arguments]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(words, run.Errors, StringComparison.Ordinal);
        Assert.Contains("Try 'collector export --help'.", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>The statement of deploy/docs/reading.md for DuckDB, as it stands there but for the place, over objects as the agent writes them.</summary>
    [Fact]
    public void The_statement_of_the_documents_runs_over_the_objects_as_they_are()
    {
        new PodLog(stage.Tree).WriteRaw(Line("2026-11-21T00:00:01.000000001Z", "GET /cart 200") + Line("2026-11-21T00:00:02Z", "an error, told", "stderr"));
        new PodLog(stage.Tree, pod: "pay", id: new string('b', 64), uid: "22222222-2222-4333-8444-555555555555").WriteRaw(Line("2026-11-21T00:00:03Z", "paid"));
        Assert.Equal(0, stage.RunOnce());
        string sql = DuckBlock().Match(File.ReadAllText(Repository.In("deploy/docs/reading.md"))).Groups["text"].Value;
        Assert.Contains("s3://my-logs/persisted-logs/", sql, StringComparison.Ordinal);

        // What is of S3 alone is left out: an extension that is fetched, and credentials.
        string local = string.Join('\n', sql.Split('\n').Where(line => !line.StartsWith("INSTALL", StringComparison.Ordinal) && !line.StartsWith("CREATE SECRET", StringComparison.Ordinal)));
        IReadOnlyDictionary<string, object?> row = Assert.Single(Duck.Rows(local.Replace("s3://my-logs", stage.Objects, StringComparison.Ordinal)));

        Assert.Equal(("cart", "app", "an error, told"), (row["pod"], row["container"], row["log"]));
        Assert.Equal(MicrosecondOf("2026-11-21T00:00:02Z"), row["time"]);
    }

    private static string[] Credentials => ["AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"];

    private CommandRun Run(params string[] arguments) => CommandRun.Collector([.. arguments, "--from", stage.Objects]);

    private CommandRun Done(params string[] arguments)
    {
        CommandRun run = Run(arguments);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run;
    }

    private IReadOnlyList<string> FilesOf(string container, string form)
    {
        string path = Path.Combine(Files, container);
        return [.. Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.{form}").Order(StringComparer.Ordinal)];
    }

    private static string Line(string time, string text, string stream = "stdout") => $"{time} {stream} F {text}\n";

    private static string List(string content) =>
        $"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name><IsTruncated>false</IsTruncated>{content}</ListBucketResult>""";

    private static string ContainerOf(string line)
    {
        JsonElement kubernetes = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("kubernetes");
        return $"{kubernetes.GetProperty("namespace_name")}/{kubernetes.GetProperty("pod_name")}/{kubernetes.GetProperty("container_name")}";
    }

    /// <summary>The record that a row is.</summary>
    private static JsonObject RecordOf(IReadOnlyDictionary<string, object?> row)
    {
        JsonObject record = row["rest"] is string rest ? JsonNode.Parse(rest)!.AsObject() : [];
        foreach ((string name, object? value) in row.Where(cell => cell.Value is not null && cell.Key is not ("time" or "rest")))
        {
            if (Kubernetes.Contains(name, StringComparer.Ordinal) && !record.ContainsKey("kubernetes"))
                record["kubernetes"] = new JsonObject();
            JsonObject to = Kubernetes.Contains(name, StringComparer.Ordinal) ? record["kubernetes"]!.AsObject() : record;
            to[name == "time_text" ? "time" : name] = Json.Contains(name, StringComparer.Ordinal) ? JsonNode.Parse((string)value!) : value switch
            {
                string text => text,
                int number => number,
                bool flag => flag,
                _ => throw new InvalidDataException($"{name} is a {value!.GetType()}"),
            };
        }

        return record;
    }

    private static DateTime MicrosecondOf(string time)
    {
        DateTime utc = DateTimeOffset.Parse(Tenth().Replace(time, ""), CultureInfo.InvariantCulture).UtcDateTime;
        return new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
    }

    /// <summary>More digits than .NET reads.</summary>
    [GeneratedRegex(@"(?<=\.\d{7})\d+", RegexOptions.None)]
    private static partial Regex Tenth();

    [GeneratedRegex("```sql\n-- DuckDB\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex DuckBlock();

    /// <summary>A scripted server of S3 that a synchronous test disposes.</summary>
    private sealed class Scripted(Func<ReceivedRequest, Answer> serve) : IDisposable
    {
        private readonly ScriptedServer server = ScriptedServer.Start(serve);

        public string Url => $"s3://logs?endpoint={server.Endpoint.ToString().TrimEnd('/')}&region=us-east-1";

        public void Dispose() => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
