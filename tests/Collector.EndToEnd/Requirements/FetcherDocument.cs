using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>A bucket for a reader in alphabetical order.</summary>
internal sealed partial class FetcherDocument : Document
{
    private const int Nodes = 3;
    private const int Pods = 2;
    private const int Rounds = 12;
    private const int Lines = 40;
    private const int MostBytes = 50_000_000;

    private readonly S3Server s3 = new();
    private readonly Lazy<Fetched> fetched;

    public FetcherDocument() => fetched = new(Fetch);

    public override string Title => "A bucket for a fetcher in alphabetical order (Logz.io)";

    public override string FollowedWith => "With `alphabetical-fetcher-values.yaml` and the policies of both sides.";

    public override IReadOnlyList<Statement> Statements =>
    [
        Statement.Yes("What all keys begin with is as specific as possible", Each_node_has_an_entry_of_its_own),
        Statement.Yes("Behind it, a key begins with the Unix time, which always increases", Keys_go_on_with_the_time),
        Statement.Yes("The reader goes on from the last key while several nodes write, and misses nothing", The_fetcher_misses_nothing),
        Statement.Yes("No object is larger than 50 MB", Objects_are_at_most_as_large_as_configured),
        Statement.Yes("A bucket may be encrypted with a key of KMS", Objects_are_encrypted_with_the_key),
        Statement.Yes("The reader may list the bucket, get its objects and decrypt them, and nothing else", The_readers_policy_is_enough),
        Statement.Yes("The reader's role asks for an external id", The_readers_role_may_ask_for_an_external_id),
        Statement.Yes("A record says the path of the file it is from, where that is wanted", Records_of_files_say_their_file),
        Statement.No("Data that is not in alphabetical order goes through a function that each new object calls", "the reader's other way; this layout makes it unnecessary, and nothing stands in its way"),
    ];

    public override void Dispose()
    {
        if (fetched.IsValueCreated)
            fetched.Value.Bucket.Dispose();
        s3.Dispose();
        base.Dispose();
    }

    private static string Configuration => Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In("deploy/examples/alphabetical-fetcher-values.yaml")).Configuration;

    private void Each_node_has_an_entry_of_its_own() => Assert.All(fetched.Value.Bucket.Keys, key => Assert.Matches(Key(), key));

    private void Keys_go_on_with_the_time() => Assert.All(fetched.Value.Fetchers, fetcher =>
    {
        long[] times = [.. fetcher.Fetched.Select(key => long.Parse(Key().Match(key).Groups["ms"].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(times.Order(), times);
    });

    private void The_fetcher_misses_nothing()
    {
        (Bucket bucket, IReadOnlyList<Fetcher> fetchers, Fetcher one, int looks) = fetched.Value;
        Assert.True(looks > Nodes, $"only {looks} looks found anything: the nodes did not write meanwhile");
        Assert.Equal(bucket.Keys, fetchers.SelectMany(fetcher => fetcher.Fetched).Order(StringComparer.Ordinal));
        string[] texts = [.. fetchers.SelectMany(fetcher => fetcher.Fetched).SelectMany(key => StoredRecords.LinesOfFile(bucket.PathOf(key), key)).Select(StoredRecords.TextOf)];
        Assert.Equal(Nodes * Pods * Rounds * Lines, texts.Distinct().Count());
        Assert.Equal(texts.Length, texts.Distinct().Count());

        // The settings promise it for an entry a node: one for all of them does miss objects.
        Assert.True(one.Fetched.Count < bucket.Keys.Count);
    }

    private void Objects_are_at_most_as_large_as_configured()
    {
        var rehearsal = new Rehearsal(Stage, Configuration);
        Assert.Equal("48MB", (string?)rehearsal.Output()["batch"]!["maxSize"]);
        Assert.True(48_000_000 < MostBytes);

        // The same with a hundredth of it, to see that it holds.
        using var other = new S3Server();
        using Bucket bucket = other.Open("my-fetched-logs");
        rehearsal.Output()["batch"]!["maxSize"] = "500kB";
        new PodLog(Stage.Tree).WriteMany(20_000, length: 100);
        rehearsal.At(bucket).WithKeys().RunOnce();
        int[] sizes = [.. bucket.Keys.Select(key => StoredRecords.LinesOfFile(bucket.PathOf(key), key).Sum(line => line.Length + 1))];
        Assert.InRange(sizes.Length, 5, 100);
        Assert.All(sizes, size => Assert.InRange(size, 1, 500_000));
    }

    private void Objects_are_encrypted_with_the_key()
    {
        const string Key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
        Assert.NotEmpty(fetched.Value.Headers);
        Assert.All(fetched.Value.Headers, headers => Assert.Equal(
            ("aws:kms", Key), (headers["x-amz-server-side-encryption"], headers["x-amz-server-side-encryption-aws-kms-key-id"])));
        Policy writer = Policy.Read("deploy/examples/alphabetical-fetcher-policy.json");
        Assert.True(writer.Allows("kms:GenerateDataKey", Key));
        Assert.All(fetched.Value.Bucket.AllKeys, key => Assert.True(writer.Allows("s3:PutObject", $"arn:aws:s3:::my-fetched-logs/{key}"), key));
    }

    private void The_readers_policy_is_enough()
    {
        Policy reader = Policy.Read("deploy/examples/alphabetical-fetcher-reader-policy.json");
        Assert.Equal(["kms:Decrypt", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"], reader.Actions);
        Assert.True(reader.Allows("s3:ListBucket", "arn:aws:s3:::my-fetched-logs"));
        Assert.All(fetched.Value.Bucket.Keys, key => Assert.True(reader.Allows("s3:GetObject", $"arn:aws:s3:::my-fetched-logs/{key}"), key));
    }

    private void The_readers_role_may_ask_for_an_external_id()
    {
        JsonNode trust = Assert.Single(Policy.Read("deploy/iam/aws/trust-assume-role-external-id.json").Statements);
        Assert.Equal("EXTERNAL_ID", (string?)trust["Condition"]!["StringEquals"]!["sts:ExternalId"]);
    }

    private void Records_of_files_say_their_file()
    {
        using var stage = new Stage();
        string file = stage.Sub("app.log");
        File.WriteAllText(file, "a line\n");
        stage.Sources = [$"{{type: file, name: app, path: {file}, sourceName: true}}"];
        Assert.Equal(0, stage.RunOnce());
        System.Text.Json.JsonElement record = Assert.Single(StoredRecords.All(stage.Objects));
        Assert.Equal((file, "app"), (record.GetProperty("file").GetString(), record.GetProperty("source").GetString()));
    }

    /// <summary>Agents of several nodes write into one bucket, and each is looked for from its own last key on, over and over.</summary>
    private Fetched Fetch()
    {
        Bucket bucket = s3.Open("my-fetched-logs");
        var headers = new List<IReadOnlyDictionary<string, string>>();
        bucket.Endpoint.Rules = (_, asked) =>
        {
            lock (headers) headers.Add(asked.ToDictionary());
            return S3Fault.None;
        };
        Stage[] stages = [.. Enumerable.Range(0, Nodes).Select(i => new Stage { Node = $"node-{i}" })];
        PodLog[][] logs = [.. stages.Select((stage, i) => Enumerable.Range(0, Pods).Select(pod => Log(stage, i, pod)).ToArray())];
        Fetcher[] fetchers = [.. stages.Select(stage => new Fetcher(bucket, $"logs/dev/{stage.Node}/"))];
        var one = new Fetcher(bucket, "logs/dev/");
        int looks = 0;
        try
        {
            Agent[] agents = [.. stages.Select(stage => Start(stage, bucket))];
            for (int round = 0; round < Rounds; round++)
            {
                foreach ((PodLog[] pods, int node) in logs.Select((pods, node) => (pods, node)))
                {
                    foreach ((PodLog log, int pod) in pods.Select((log, pod) => (log, pod)))
                        log.Write([.. Enumerable.Range(0, Lines).Select(line => $"node {node} pod {pod} round {round} line {line}")]);
                }

                agents[round % Nodes].AwaitUploaded((round + 1) * Pods * Lines); // the others are somewhere on their way
                looks += Look(fetchers, one);
            }

            foreach (Agent agent in agents) agent.Stop();
            Look(fetchers, one);
            return new Fetched(bucket, fetchers, one, looks) { Headers = headers };
        }
        finally
        {
            foreach (Stage stage in stages) stage.Dispose();
        }
    }

    private static int Look(IEnumerable<Fetcher> fetchers, Fetcher one)
    {
        one.Look();
        return fetchers.Count(fetcher =>
        {
            int before = fetcher.Fetched.Count;
            fetcher.Look();
            return fetcher.Fetched.Count > before;
        });
    }

    private static PodLog Log(Stage stage, int node, int pod) =>
        new(stage.Tree, $"cart-{pod}", uid: $"{node}{pod}111111-2222-4333-8444-555555555555", id: new string((char)('a' + pod), 64));

    private static Agent Start(Stage stage, Bucket bucket)
    {
        var rehearsal = new Rehearsal(stage, Configuration);
        rehearsal.Output()["batch"]!["maxAge"] = "300ms";
        return rehearsal.At(bucket).WithKeys().Start();
    }

    [GeneratedRegex(@"^logs/dev/node-\d/(?<ms>\d{13})-node-\d-[^/]+\.jsonl\.gz$", RegexOptions.ExplicitCapture)]
    private static partial Regex Key();

    private sealed record Fetched(Bucket Bucket, IReadOnlyList<Fetcher> Fetchers, Fetcher One, int Looks)
    {
        public required IReadOnlyList<IReadOnlyDictionary<string, string>> Headers { get; init; }
    }
}
