using System.Text;
using System.Text.Json;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>The catalog says of a container that it has ended, once its log is read (CATALOG.md, ended).</summary>
public sealed class ContainerEndTests : IDisposable
{
    private readonly HashSet<int> _over = [];
    private readonly TailHarness _tail;

    public ContainerEndTests() => _tail = new TailHarness(new TailOptions
    {
        Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), HasEnded = _over.Contains(c.Restart) },
    });

    public void Dispose() => _tail.Dispose();

    [Fact]
    public void A_container_that_runs_has_no_end()
    {
        _tail.Container().Write("a");
        _tail.Advance(30);
        Assert.Empty(Ends());
    }

    [Fact]
    public void Each_life_ends_when_it_is_over_and_read()
    {
        var log = _tail.Container().Write("a");
        _tail.Advance(3);
        _over.Add(0);
        _tail.Worker.MetadataChanged(new HashSet<string> { log.Uid });
        _tail.Advance(3);
        Assert.Equal([0], Ends().Select(e => e.Restart).Distinct());

        log.Restart().Write("b");
        _tail.Advance(10);
        Assert.DoesNotContain(1, Ends().Select(e => e.Restart));
        Assert.EndsWith("/app", Assert.Single(Ends().Select(e => e.Log).Distinct()), StringComparison.Ordinal);
    }

    /// <summary>A file's line has no container, and a catalog that is off has no lines.</summary>
    [Fact]
    public void Without_a_catalog_nothing_waits_to_be_said()
    {
        using var tail = new TailHarness(new TailOptions
        {
            Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), HasEnded = true },
            Output = (_, o) => o with { Catalog = new CatalogSettings { Enabled = false } },
        });
        tail.Container().Write("a");
        tail.Advance(5);
        Assert.Equal(0, tail.Outputs[0].Buffer.Positions.WaitingLineBytes);
    }

    private List<(string Log, int Restart)> Ends() =>
    [
        .. (_tail.Outputs[0].Buffer.Positions.WaitingLines(1 << 20)?.Lines ?? [])
            .Select(line => JsonDocument.Parse(Encoding.UTF8.GetString(line)).RootElement)
            .Where(line => line.TryGetProperty("ended", out _))
            .Select(line => (line.GetProperty("ended").GetString()!, line.GetProperty("restart_count").GetInt32())),
    ];
}
