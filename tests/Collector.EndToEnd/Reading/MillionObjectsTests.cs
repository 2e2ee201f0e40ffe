using System.Globalization;
using Collector.EndToEnd.Harness;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>S-158: what is asked for among 10⁶ objects costs requests for that alone. How long it takes, <c>hack/bench.sh reading</c> prints.</summary>
public sealed class MillionObjectsTests : IAsyncLifetime
{
    private readonly GeneratedBucket bucket = new(delay: TimeSpan.Zero);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bucket.DisposeAsync();

    [Fact]
    public void The_last_lines_of_a_dead_pod_cost_three_requests_and_the_ends_of_objects()
    {
        string pod = GeneratedBucket.Pod(41, 2);
        IReadOnlyList<string> lines = Lines(pod, "-n", "ns23", "--tail", "100");
        int last = GeneratedBucket.ObjectsOfAPod * GeneratedBucket.LinesOfAnObject;
        Assert.Equal(Enumerable.Range(last - 100, 100).Select(i => GeneratedBucket.Text(pod, i)), lines);
        Assert.InRange(bucket.Requests.Count, 1, 3);
        Assert.InRange(bucket.BytesSent, 1, 400_000);
    }

    /// <summary>A Deployment's pods are found by the beginning of their names, and an hour by the times of objects; one hour before it is looked at, too, because clocks differ.</summary>
    [Fact]
    public void An_hour_of_a_deployment_fetches_the_objects_of_that_hour_and_of_the_one_before()
    {
        IReadOnlyList<string> lines = Lines("deploy/app41", "-n", "ns23", "--since-time", "2026-11-20T01:00:00Z", "--until-time", "2026-11-20T01:59:59Z", "--all-restarts");
        int objects = 5 * (int)(TimeSpan.FromHours(1) / GeneratedBucket.Span);
        Assert.Equal(objects * GeneratedBucket.LinesOfAnObject, lines.Count);
        Assert.Equal(lines.Count, lines.Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(bucket.Requests.Count, objects, (2 * objects) + (4 * 5) + 2);
    }

    [Fact]
    public void A_pod_that_never_was_costs_no_walk_through_the_bucket()
    {
        CommandRun none = Read("app41-6c4b8d9f7d-zzzzz", "-n", "ns23", "--tail", "10");
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Contains(GeneratedBucket.Pod(41, 4), none.Errors, StringComparison.Ordinal);
        Assert.InRange(bucket.Requests.Count, 1, 30);
    }

    private string[] Lines(params string[] arguments)
    {
        CommandRun run = Read(arguments);
        Assert.True(run.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"exit code {run.ExitCode}: {run.Errors}"));
        return run.Output.Split('\n')[..^1];
    }

    private CommandRun Read(params string[] arguments) =>
        CommandRun.Of("env", ["AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", CollectorBinary.Path, "logs", .. arguments, "-o", "raw", "--from", bucket.From]);
}
