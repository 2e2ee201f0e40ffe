using System.Security.Cryptography;
using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>Contract §9, the catalog: what an agent says of what it has delivered.</summary>
public sealed class CatalogTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>Several lives, of which one is killed while it delivers: each object has one line, which tells whose it is, and each catalog object the hash of the one before it.</summary>
    [Theory]
    [InlineData("json", "gzip")]
    [InlineData("json", "none")]
    [InlineData("text", "zstd")]
    public void It_has_a_line_for_each_object_over_several_lives(string format, string compression)
    {
        stage.Outputs = [new OutputYaml(More: $"format: {format}, compression: {compression}", Catalog: "enabled: true")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 3, Containers = 5, CutRecords = false });
        for (int life = 0; life < 2; life++)
        {
            Agent agent = stage.Start();
            node.Write(300_000);
            node.Finish();
            agent.AwaitUploaded(1);
            agent.Kill();
            agent.WaitForExit();
        }

        node.Write(100_000);
        node.Finish();
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(0, stage.RunOnce()); // nothing was delivered, and there is nothing to say

        string? previous = null;
        long next = 0;
        var told = new List<string>();
        IReadOnlyList<string> catalogs = StoredRecords.CatalogKeys(stage.Objects);
        Assert.NotEmpty(catalogs);
        foreach (string key in catalogs)
        {
            Assert.Matches(@"^persisted-logs/_catalog/20\d\d-\d\d-\d\d/\d{13}-[a-z0-9.-]+-[0-9a-f]{20}\.jsonl\.gz$", key);
            List<JsonElement> lines = [.. StoredRecords.LinesOf(stage.Objects, key).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];
            Assert.Equal((previous, next), (lines[0].GetProperty("previous").GetString(), lines[0].GetProperty("from").GetInt64()));
            foreach (JsonElement line in lines.Skip(1))
            {
                if (!line.TryGetProperty("key", out JsonElement named))
                {
                    Assert.Equal(next++, line.GetProperty("line").GetInt64());
                    continue;
                }

                string path = named.GetString()!;
                byte[] body = File.ReadAllBytes(Path.Combine(stage.Objects, path));
                Assert.Equal((next++, body.Length, StoredRecords.LinesOf(stage.Objects, path).Count), (
                    line.GetProperty("line").GetInt64(), (int)line.GetProperty("stored_bytes").GetInt64(), (int)line.GetProperty("records").GetInt64()));
                Assert.Matches("^[0-9a-f]{8}$", line.GetProperty("crc32c").GetString());
                Assert.NotEmpty(line.GetProperty("sources").EnumerateArray());
                if (format == "json")
                    Assert.Contains($".pod-{line.GetProperty("kubernetes").GetProperty("pod_name").GetString()}.", path, StringComparison.Ordinal);
                told.Add(path);
            }

            previous = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(stage.Objects, key))));
        }

        Assert.Equal(StoredRecords.Keys(stage.Objects), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_it_nothing_but_records_is_stored()
    {
        stage.Outputs = [new OutputYaml(Catalog: "enabled: false")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 1, Containers = 1, CutRecords = false });
        node.Write(10_000);
        node.Finish();
        Assert.Equal(0, stage.RunOnce());
        Assert.NotEmpty(StoredRecords.Keys(stage.Objects));
        Assert.Empty(StoredRecords.CatalogKeys(stage.Objects));
    }
}
