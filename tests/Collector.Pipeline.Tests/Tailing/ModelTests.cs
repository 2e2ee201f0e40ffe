using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// Random file actions against a model that knows which lines must be stored. <c>COLLECTOR_MODEL_SEEDS</c> says how many seeds
/// are tried, <c>COLLECTOR_MODEL_FIRST</c> which is the first; those that failed once are kept as cases.
/// </summary>
public class ModelTests
{
    private const int DefaultSeeds = 60;
    private const int Steps = 60;

    [Theory]
    [InlineData(1016)]
    [InlineData(6133)]
    public void Seeds_that_failed_once_hold_for_containers(int seed) => Containers(seed);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5022)]
    [InlineData(5050)]
    [InlineData(5184)]
    [InlineData(5190)]
    [InlineData(5195)]
    [InlineData(5388)]
    public void Seeds_that_failed_once_hold_for_files(int seed) => Files(seed);

    [Fact]
    public void Every_line_of_a_container_that_the_node_holds_is_stored_once_and_in_order() => Each(Containers);

    [Fact]
    public void Every_line_of_a_file_that_the_node_holds_is_stored_once() => Each(Files);

    private static void Each(Action<int> run)
    {
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("COLLECTOR_MODEL_SEEDS"), out var given) ? given : DefaultSeeds;
        var first = int.TryParse(Environment.GetEnvironmentVariable("COLLECTOR_MODEL_FIRST"), out var from) ? from : 1000;
        var failed = new List<string>();
        for (var seed = first; seed < first + seeds; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception e)
            {
                failed.Add($"seed {seed}: {e.Message}");
            }
        }

        Assert.True(failed.Count == 0, $"{failed.Count} of {seeds}: {string.Join("\n", failed.Take(5))}");
    }

    private static void Containers(int seed)
    {
        using var model = new ContainerModel(seed);
        for (var step = 0; step < Steps; step++)
        {
            model.Step();
        }

        model.Check();
    }

    private static void Files(int seed)
    {
        Files(seed, isNumbered: false);
        Files(seed, isNumbered: true);
    }

    private static void Files(int seed, bool isNumbered)
    {
        using var model = new FileModel(seed, isNumbered);
        for (var step = 0; step < Steps; step++)
        {
            model.Step();
        }

        model.Check();
    }
}
