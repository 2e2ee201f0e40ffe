using Collector.Kubernetes;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class PodWishesTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("collector/exclude=true", LogStreams.Both)]
    [InlineData("collector/exclude=TRUE", LogStreams.Both)]
    [InlineData("collector/exclude=false", LogStreams.None)]
    [InlineData("collector/exclude=maybe", null)]
    [InlineData("collector/exclude-app=true", LogStreams.Both)]
    [InlineData("collector/exclude-other=true", null)]
    [InlineData("collector/exclude-stdout=true", LogStreams.Stdout)]
    [InlineData("collector/exclude-stderr=true", LogStreams.Stderr)]
    [InlineData("collector/exclude-stdout=true collector/exclude-stderr=true", LogStreams.Both)]
    [InlineData("collector/exclude=true collector/exclude-app=false", LogStreams.None)]
    [InlineData("collector/exclude=true collector/exclude-stderr=false", LogStreams.Stdout)]
    [InlineData("fluentbit.io/exclude=true", LogStreams.Both)]
    [InlineData("fluentbit.io/exclude=on", LogStreams.Both)]
    [InlineData("fluentbit.io/exclude_stdout=true", LogStreams.Stdout)]
    [InlineData("fluentbit.io/exclude_stderr=true", LogStreams.Stderr)]
    [InlineData("fluentbit.io/exclude-app=true", LogStreams.Both)]
    [InlineData("fluentbit.io/exclude-other=true", null)]
    [InlineData("fluentbit.io/exclude_stderr-app=true", LogStreams.Stderr)]
    [InlineData("fluentbit.io/exclude_stdout-other=true", null)]
    [InlineData("fluentbit.io/exclude=true fluentbit.io/exclude_stderr-app=false", LogStreams.Stdout)]
    [InlineData("fluentbit.io/exclude=true collector/exclude=false", LogStreams.None)]
    public void The_more_specific_annotation_decides(string annotations, LogStreams? expected)
    {
        var map = annotations.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Split('=')).ToDictionary(a => a[0], a => a[1]);

        Assert.Equal(expected, PodWishes.Excluded(map, "app"));
        Assert.All(map.Keys, key => Assert.True(PodWishes.IsMeant(key)));
    }

    [Fact]
    public void A_container_that_is_called_like_a_stream_is_not_meant_by_it() =>
        Assert.Equal(LogStreams.Stderr, PodWishes.Excluded(new Dictionary<string, string> { ["collector/exclude-stderr"] = "true" }, "stderr"));

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("json", null)]
    public void Json_is_parsed_where_it_is_asked_for(string value, bool? expected) =>
        Assert.Equal(expected, PodWishes.ParseJson(new Dictionary<string, string> { ["collector/parse-json"] = value }));
}
