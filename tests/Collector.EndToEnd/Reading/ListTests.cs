using System.Globalization;
using System.Text.Json;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>Contract §9, <c>collector ls</c>: what keys tell of containers, and what the catalog does.</summary>
public sealed class ListTests(ProvenBucket bucket) : IClassFixture<ProvenBucket>
{
    [Fact]
    public void Lines_and_their_times_come_from_the_catalog()
    {
        List<string[]> rows = Rows(bucket.Directory);
        Assert.Equal(["NAMESPACE", "WORKLOAD", "POD", "CONTAINER", "FIRST", "LINE", "LAST", "LINE", "ENDED", "LINES", "TEXT", "OBJECTS", "BYTES"], rows[0]);
        foreach (string[] row in rows.Skip(1))
        {
            string prefix = $"persisted-logs/namespace-{row[0]}.pod-{row[2]}.cont-{row[3]}/";
            List<string> keys = [.. StoredRecords.Keys(bucket.Directory).Where(key => key.StartsWith(prefix, StringComparison.Ordinal))];
            List<string> lines = [.. keys.SelectMany(key => StoredRecords.LinesOf(bucket.Directory, key))];
            List<DateTimeOffset> times = [.. lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("time").GetDateTimeOffset())];
            string[] expected = [Second(times.Min()), Second(times.Max()), "no", Number(lines.Count), Number(keys.Sum(key => StoredRecords.Body(bucket.Directory, key).Length)), Number(keys.Count)];
            Assert.Equal(expected, row[4..10]);
            Assert.Equal("-", row[1]); // without the API nobody knows an owner
        }
    }

    /// <summary>A plus says that there are more lines; without any catalog all is as the keys tell.</summary>
    [Fact]
    public void Objects_that_no_catalog_tells_of_are_listed_too()
    {
        string copy = bucket.Copy();
        File.Delete(Path.Combine(copy, bucket.Catalogs[^1]));
        Assert.Contains(Rows(copy).Skip(1), row => row[7].EndsWith('+'));
        Directory.Delete(Path.Combine(copy, "persisted-logs/_catalog"), recursive: true);
        Assert.Equal(["NAMESPACE", "POD", "CONTAINER", "FIRST", "OPENED", "LAST", "STORED", "OBJECTS", "BYTES"], Rows(copy)[0]);
    }

    private static List<string[]> Rows(string directory)
    {
        CommandRun run = CommandRun.Collector("ls", "--from", directory);
        Assert.True(run.ExitCode == 0, run.Errors);
        return [.. run.Output.Split('\n')[..^1].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }

    private static string Second(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
