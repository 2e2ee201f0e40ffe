using System.Text;
using Collector.Reading.Catalog;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>What is wrong with a catalog object is said in words of the catalog, with the line.</summary>
public sealed class CatalogObjectTests
{
    private const string Head = """{"catalog":1,"node":"n1","output":"out","instance":"0a1b2c3d","previous":null,"from":0,"to":1,"made":"2026-11-20T10:00:00.000Z"}""";
    private const string Ended = """{"line":0,"ended":"pod:shop_cart_u1/app","restart_count":0}""";

    [Theory]
    [InlineData("", Head, Ended)]
    [InlineData("its line 1 is not what the collector writes there", "{}", Ended)]
    [InlineData("its line 1 is not what the collector writes there", "no JSON", Ended)]
    [InlineData("its line 2 is not what the collector writes there", Head, """{"line":0,"ended":7,"restart_count":0}""")]
    [InlineData("its line 2 is not what the collector writes there", Head, """{"line":"0"}""")]
    [InlineData("its line 2 is not what the collector writes there", Head, """{"line":0,"skipped":"no_record","sources":[{"log":"l","generation":"x","file":"f","intervals":[[0,1]]}]}""")]
    [InlineData("its line 2 is not what the collector writes there", Head, """{"line":0,"skipped":"no_record","sources":[{"log":"l","generation":"1","file":"f","intervals":[[1]]}]}""")]
    [InlineData("its line 2 is not what the collector writes there", Head, """{"line":0,"skipped":"no_record","sources":[{"log":"l","generation":"1","file":"f","intervals":[[2,1]]}]}""")]
    [InlineData("its line 2 is not what the collector writes there", Head, "{\"line\":0,\"key\":\"k\",\"kubernetes\":{\"labels\":{\"app\":\"\\ud800\"}},\"firsttime\":\"\",\"lasttime\":\"\",\"records\":1,\"bytes\":2,\"stored_bytes\":3,\"sources\":[]}")]
    [InlineData("its line 2 is not what the collector writes there", Head, "{\"line\":0,\"key\":\"\\ud800\",\"firsttime\":\"\",\"lasttime\":\"\",\"records\":1,\"bytes\":2,\"stored_bytes\":3,\"sources\":[]}")]
    [InlineData("its line 2 is not what the collector writes there", Head, "{\"line\":0,\"key\":\"k\",\"firsttime\":\"\",\"lasttime\":\"\",\"records\":-1,\"bytes\":2,\"stored_bytes\":3,\"sources\":[]}")]
    [InlineData("its line 2 is not what the collector writes there", Head, "{\"line\":0,\"key\":\"k\",\"firsttime\":\"\",\"lasttime\":\"\",\"records\":9223372036854775807,\"bytes\":2,\"stored_bytes\":3,\"sources\":[]}")]
    [InlineData("", Head, "{\"line\":0,\"key\":\"k\",\"kubernetes\":{\"restart_count\":99999999999,\"owner_kind\":7},\"firsttime\":\"x\",\"lasttime\":\"\",\"records\":1,\"bytes\":2,\"stored_bytes\":3,\"sources\":[]}")]
    [InlineData("it lacks some of the lines 0 to 1", Head)]
    [InlineData("it is empty")]
    public async Task A_line_that_cannot_be_read_is_named(string damage, params string[] lines) => Assert.Equal(damage, await DamageOfAsync(Objects.Body(lines)));

    [Fact]
    public async Task Bytes_that_are_no_gzip_are_named()
    {
        Assert.Equal("it is not gzip, or its compressed bytes are damaged", await DamageOfAsync(Encoding.UTF8.GetBytes(Head + "\n")));

        var body = Objects.Body(Head, Ended);
        body[^6] ^= 1;
        Assert.Equal("it is not gzip, or its compressed bytes are damaged", await DamageOfAsync(body));
        Assert.Equal("its last line has no end", await DamageOfAsync(Objects.Compress(Pipeline.Records.Compression.Gzip, Head)));
    }

    private static async Task<string> DamageOfAsync(byte[] body)
    {
        await using var store = new MemoryStore();
        store.Put($"c/2026-11-20/{new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()}-n1-0000000000010a1b2c3d.jsonl.gz", body);
        await foreach (var found in CatalogObject.ReadAllAsync(store, "c/", null, _ => { }, CancellationToken.None))
            return found.Damage;
        throw new InvalidOperationException("no catalog object was found");
    }
}
