using System.Text;
using Collector.Reading.Catalog;
using Collector.Reading.Lines;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>A container has ended when the newest life of its newest log has (CATALOG.md, ended).</summary>
public class ContainerEndsTests
{
    private static readonly ContainerName s_cart = new("shop", "cart-0", "app");

    [Theory]
    [InlineData(false, "stored u1 0 10:00")]
    [InlineData(true, "stored u1 0 10:00", "ended u1 0")]
    [InlineData(true, "ended u1 0", "stored u1 0 10:00")]
    [InlineData(false, "stored u1 0 10:00", "ended u1 0", "stored u1 1 10:05")]
    [InlineData(true, "stored u1 0 10:00", "ended u1 0", "stored u1 1 10:05", "ended u1 1", "ended u1 0")]
    [InlineData(false, "stored u1 0 10:00", "ended u1 0", "stored u2 0 11:00")]
    [InlineData(true, "stored u1 3 10:00", "stored u2 0 11:00", "ended u2 0")]
    [InlineData(true, "stored u2 0 11:00", "ended u2 0", "stored u1 0 10:00")]
    public void The_newest_life_of_the_newest_log_counts(bool hasEnded, params string[] lines)
    {
        var ends = new ContainerEnds();
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split(' ');
            var entry = CatalogEntry.Parse(Encoding.UTF8.GetBytes(parts[0] == "ended"
                ? $$"""{"line":{{i}},"ended":"shop_cart-0_{{parts[1]}}/app","restart_count":{{parts[2]}}}"""
                : $$"""{"line":{{i}},"key":"k{{i}}","kubernetes":{"restart_count":{{parts[2]}}},"streams":["stdout"],"firsttime":"2026-11-20T{{parts[3]}}:00Z","lasttime":"2026-11-20T{{parts[3]}}:00Z","records":1,"bytes":1,"stored_bytes":1,"members":[{"offset":0}],"sources":[{"log":"shop_cart-0_{{parts[1]}}/app","generation":"0000000000000001","file":"0.log","intervals":[[0,1]]}]}"""));
            ends.Note(entry);
            if (entry.Kind == CatalogEntryKind.Stored)
                ends.Note(s_cart, entry, [.. entry.Sources.Select(source => source.Log)], isShared: false);
        }

        Assert.Equal(hasEnded, ends.HasEnded(s_cart));
    }
}
