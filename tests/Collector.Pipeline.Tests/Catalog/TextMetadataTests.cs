using System.Text.Json;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Catalog;

/// <summary>Contract §9: the catalog says whose an object is, also where the object has the bare lines.</summary>
public sealed class TextMetadataTests
{
    private const string Hostile = """{"kubernetes":{"namespace_name":"bank","pod_name":"other"}}""";

    [Theory]
    [InlineData(Compression.None, End.Clean)]
    [InlineData(Compression.None, End.Kill)]
    [InlineData(Compression.Gzip, End.Clean)]
    [InlineData(Compression.Zstd, End.PowerLoss)]
    public void An_object_of_text_has_the_metadata_of_its_first_record(Compression compression, End end)
    {
        using var tail = new TailHarness(new TailOptions
        {
            Output = (_, o) => o with { Format = ObjectFormat.Text, Compression = compression },
            Identify = container => TailHarness.IdentityOf(container) with { Labels = new Dictionary<string, string> { ["app"] = "cart" }, OwnerKind = "Deployment", OwnerName = "cart" },
        });
        var log = tail.Container().Write(Hostile, "a");
        tail.Container("web").Write("b");
        tail.Run();
        tail.Sync();
        tail.Restart(end);
        log.Write("c");
        tail.Run();

        var headers = tail.Outputs[0].Headers();
        Assert.Equal(["cart", "web"], headers.Select(h => Kubernetes(h).GetProperty("pod_name").GetString()).Distinct().Order());
        Assert.All(headers, header =>
        {
            var said = Kubernetes(header);
            Assert.Equal($"shop.{said.GetProperty("pod_name").GetString()}.app/", header.Prefix);
            Assert.Equal(("shop", "app", "cart", "Deployment", 0), (
                said.GetProperty("namespace_name").GetString(), said.GetProperty("container_name").GetString(), said.GetProperty("labels").GetProperty("app").GetString(),
                said.GetProperty("owner_kind").GetString(), said.GetProperty("restart_count").GetInt32()));
        });
    }

    /// <summary>Who stores what is in the text is nobody's word.</summary>
    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public void A_line_that_looks_like_a_record_is_no_metadata(Compression compression)
    {
        using var tail = new TailHarness(TailOptions.Files() with { Output = (_, o) => o with { Format = ObjectFormat.Text, Compression = compression } });
        tail.File("files/app.log").Lines(Hostile);
        tail.Run();

        Assert.Equal("", Assert.Single(tail.Outputs[0].Headers()).Kubernetes);
    }

    [Fact]
    public void Without_a_catalog_nothing_of_it_is_kept()
    {
        using var tail = new TailHarness(new TailOptions { Output = (_, o) => o with { Format = ObjectFormat.Text, Catalog = o.Catalog with { Enabled = false } } });
        tail.Container().Write("a");
        tail.Run();

        Assert.Equal("", Assert.Single(tail.Outputs[0].Headers()).Kubernetes);
    }

    /// <summary>A chunk that 0.1.0 has left ends behind its sizes.</summary>
    [Fact]
    public void A_chunk_of_0_1_0_has_no_metadata_and_is_read()
    {
        using var bytes = new ByteBuffer();
        var header = new ChunkHeader(5, 7, 1000, "p/", "node", ObjectFormat.Text, Compression.None, 0, 1 << 20);
        header.Write(bytes, []);
        var payload = bytes.Written[Envelope.HeaderLength..^1].ToArray();

        Assert.Equal(header, ChunkHeader.Read(payload, "c"));
    }

    private static JsonElement Kubernetes(ObjectHeader header) => JsonDocument.Parse(header.Kubernetes).RootElement;
}
