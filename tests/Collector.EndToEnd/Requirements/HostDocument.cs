using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>A host's audit log to S3, with a user that may put objects.</summary>
internal sealed partial class HostDocument : Document
{
    private const string First = """{"sequence":1,"timestamp":"1642503630.100","messages":[{"type":1300,"data":"a b"}],"file":"own"}""";
    private const string Second = """ { "sequence" : 2, "timestamp": "1642503631.5" } """;
    private const string NextHour = """{"sequence":3,"timestamp":"1642507201"}""";

    private readonly S3Server s3 = new();
    private readonly Lazy<Bucket> delivered;
    private readonly string log;

    public HostDocument()
    {
        log = Rehearsal.Host(Stage, "/var/log/go-audit/go-audit.log");
        delivered = new(Deliver);
    }

    public override string Title => "A host's audit log to S3 (td-agent, go-audit)";

    public override string FollowedWith => "With `audit-file.yaml`, `audit-file.service` and `audit-file-policy.json`.";

    public override IReadOnlyList<Statement> Statements =>
    [
        Statement.Yes("`s3:PutObject` is all that is needed", Nothing_but_puts_is_asked_for),
        Statement.Yes("It is granted for one folder of the bucket, that of this kind of log", The_policy_allows_every_key_that_is_written),
        Statement.Yes("With the keys of a user that may do nothing else", It_writes_with_the_keys_of_two_files),
        Statement.Yes("Neither the bucket nor the object nor the key is tried at the start", Nothing_but_puts_is_asked_for),
        Statement.Yes("A log of mode 0600 is read", The_log_is_private),
        Statement.Yes("After an interruption it goes on where it was", What_was_delivered_is_not_delivered_again),
        Statement.Yes("The lines are JSON, and are transported as they are", The_lines_are_stored_byte_by_byte),
        Statement.Yes("The time of a line is its own, seconds since 1970 as text", The_hour_is_the_lines_own),
        Statement.Partly("Keys are folder/year/month/day/hour/day.hour/slice_…", "the object's name goes on with what makes it unique, and ends in `.log`, not `.txt`", The_keys_are_sliced_by_UTC),
        Statement.Yes("Something is stored every minute, in pieces of at most 256 MB", The_batch_is_a_minute_and_256_MB),
        Statement.Yes("Verbose messages can be switched on", Its_own_log_can_be_verbose),
        Statement.Partly("It is a service of the host", "there is a unit for systemd and a binary, and no package", The_unit_runs_the_configuration),
        Statement.No("Plugins for special cases", "the product has no plugins: sources, formats and stores are those of the configuration"),
    ];

    public override void Dispose()
    {
        if (delivered.IsValueCreated)
            delivered.Value.Dispose();
        s3.Dispose();
        base.Dispose();
    }

    private static string Example => File.ReadAllText(Repository.In("deploy/examples/audit-file.yaml"));

    private void Nothing_but_puts_is_asked_for() => delivered.Value.AssertHonest();

    private void The_policy_allows_every_key_that_is_written()
    {
        Policy policy = Policy.Read("deploy/examples/audit-file-policy.json");
        Assert.Equal(["s3:PutObject"], policy.Actions);
        Assert.All(delivered.Value.AllKeys, key => Assert.True(policy.Allows("s3:PutObject", $"arn:aws:s3:::20220117-logs/{key}"), key));
        Assert.False(policy.Allows("s3:PutObject", "arn:aws:s3:::20220117-logs/other/x"));
    }

    private void It_writes_with_the_keys_of_two_files()
    {
        Assert.NotEmpty(delivered.Value.Keys);
        Assert.Contains("accessKeyIdFile: /etc/collector/access-key-id, secretAccessKeyFile: /etc/collector/secret-access-key", Example, StringComparison.Ordinal);
    }

    private void The_log_is_private()
    {
        Assert.NotEmpty(delivered.Value.Keys);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        Assert.Contains("CapabilityBoundingSet=CAP_DAC_READ_SEARCH", Unit(), StringComparison.Ordinal);
    }

    private void What_was_delivered_is_not_delivered_again() => Assert.Equal(3, Lines().Count);

    private void The_lines_are_stored_byte_by_byte() => Assert.Equal([First, Second, NextHour], Lines());

    private void The_hour_is_the_lines_own() => Assert.Equal(
        ["go-audit/2022/01/18/11/2022-01-18.11/2022-01-18.11.00.00_", "go-audit/2022/01/18/12/2022-01-18.12/2022-01-18.12.00.00_"],
        delivered.Value.Keys.Select(key => key[..(key.LastIndexOf('_') + 1)]).Distinct());

    private void The_keys_are_sliced_by_UTC() => Assert.All(delivered.Value.Keys, key => Assert.Matches(Slice(), key));

    private void The_batch_is_a_minute_and_256_MB() => Assert.Contains("batch: {maxAge: 60s, maxSize: 256MB}", Example, StringComparison.Ordinal);

    private void Its_own_log_can_be_verbose()
    {
        Assert.NotEmpty(delivered.Value.Keys);
        Assert.Contains("\"level\":\"debug\"", CommandRun.Collector("run", "--config", Stage.ConfigPath, "--once", "--log-level", "debug").Errors, StringComparison.Ordinal);
    }

    private void The_unit_runs_the_configuration() => Assert.Contains("ExecStart=/usr/local/bin/collector run --config /etc/collector/collector.yaml", Unit(), StringComparison.Ordinal);

    private static string Unit() => File.ReadAllText(Repository.In("deploy/examples/audit-file.service"));

    private IReadOnlyList<string> Lines() => [.. delivered.Value.Keys.SelectMany(key => StoredRecords.LinesOfFile(delivered.Value.PathOf(key), key))];

    private Bucket Deliver()
    {
        Bucket bucket = s3.Open("20220117-logs");
        var rehearsal = new Rehearsal(Stage, Example).At(bucket);
        string id = Secret("access-key-id"), key = Secret("secret-access-key");
        rehearsal.WithStore(store =>
        {
            store["authentication"]!["accessKeyIdFile"] = id;
            store["authentication"]!["secretAccessKeyFile"] = key;
        });
        File.WriteAllText(log, First + "\n" + Second + "\n");
        File.SetUnixFileMode(log, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        rehearsal.RunOnce();
        File.AppendAllText(log, NextHour + "\n");
        rehearsal.RunOnce();
        return bucket;
    }

    private string Secret(string name)
    {
        File.WriteAllText(Stage.Sub(name), S3Rver.AccessKey);
        return Stage.Sub(name);
    }

    [GeneratedRegex(@"^go-audit/(\d{4})/(\d\d)/(\d\d)/(\d\d)/\1-\2-\3\.\4/\1-\2-\3\.\4\.\d\d\.00_\d{13}-node1-[^/]+\.log$")]
    private static partial Regex Slice();
}
