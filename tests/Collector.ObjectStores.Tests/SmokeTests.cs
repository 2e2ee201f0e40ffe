namespace Collector.ObjectStores.Tests;

public sealed class SmokeTests
{
    [Xunit.Fact]
    public void Runs() => Xunit.Assert.NotNull(typeof(SmokeTests).Assembly.Location);
}
