using System.Numerics;
using System.Text;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class Crc32CTests
{
    /// <summary>The check value of the CRC catalogues for CRC-32C.</summary>
    [Fact]
    public void Has_the_published_check_value() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Is_the_same_in_lanes_and_byte_by_byte_and_in_parts()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(20_000)];
            random.NextBytes(bytes);
            var expected = ~bytes.Aggregate(~0u, BitOperations.Crc32C);
            var cut = random.Next(bytes.Length + 1);
            Assert.Equal(expected, Crc32C.Compute(bytes));
            Assert.Equal(expected, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        }
    }
}
