using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Tests.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>I7: a budget hands out what it has, and takes it back.</summary>
public sealed class BudgetTests
{
    [Fact]
    public void Descriptors_are_handed_out_up_to_the_limit_and_again_when_they_were_closed()
    {
        var budget = new FileBudget(2);
        var (one, other) = (Opened(budget), Opened(budget));
        Assert.Equal((2, false), (budget.Held, budget.HasRoom));
        budget.Close(one);
        budget.Close(one);
        Assert.Equal((1, true), (budget.Held, budget.HasRoom));
        budget.Open(one, NewFile());
        budget.Open(one, NewFile());
        Assert.Equal((2, false), (budget.Held, budget.HasRoom));
        FileBudget.Move(one, new Generation(one.Identity, outputs: 1));
        budget.Close(one);
        budget.Close(other);
        Assert.Equal(1, budget.Held);
    }

    [Fact]
    public void Text_that_waits_is_bounded_and_given_back()
    {
        var budget = new PendingBudget(100);
        budget.Add(100);
        Assert.False(budget.IsExceeded);
        budget.Add(1);
        Assert.True(budget.IsExceeded);
        budget.Remove(1);
        Assert.Equal((100, false), (budget.Held, budget.IsExceeded));
    }

    private static Generation Opened(FileBudget budget)
    {
        var generation = new Generation(new GenerationIdentity(GenerationId.New(), 0, 1, 1, 0, "chain", "app.log", Fingerprint.Empty), outputs: 1);
        budget.Open(generation, NewFile());
        return generation;
    }

    private static PlainFile NewFile() => new(new BytesHandle([]), default);
}
