using System.Text;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

public sealed class NameBytesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("61")]
    [InlineData("636166E9")]
    [InlineData("C3A9FF")]
    [InlineData("E282")]
    [InlineData("EDB280")]
    [InlineData("EDA080EDB080")]
    [InlineData("F09F9880F09F98")]
    [InlineData("80C080FFFE41")]
    public void Bytes_come_back_as_they_were(string hex) => AssertComesBack(Convert.FromHexString(hex));

    [Fact]
    public void Any_bytes_come_back_as_they_were()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            AssertComesBack(bytes);
        }
    }

    [Fact]
    public void A_byte_that_is_no_UTF8_is_a_lone_surrogate() => Assert.Equal("caf\uDCE9é", NameBytes.Decode([.. "caf"u8, 0xE9, .. "é"u8]));

    /// <summary>The second unit of some emoji is in the range of the escapes.</summary>
    [Fact]
    public void A_pair_whose_second_half_looks_like_an_escape_is_a_pair() => AssertComesBack(Encoding.UTF8.GetBytes("\U0001F4AF\U0001F4FF"));

    [Fact]
    public void In_what_is_stored_of_positions_names_keep_their_bytes()
    {
        using var buffer = new ByteBuffer();
        buffer.WriteString("a\uDCFFé\U0001F4AF");
        var reader = new SpanReader(buffer.Written);
        Assert.Equal("a\uDCFFé\U0001F4AF", reader.ReadString());
        Assert.False(reader.Failed);
        Assert.Equal([0x61, 0xFF, 0xC3, 0xA9, 0xF0, 0x9F, 0x92, 0xAF], buffer.Written[1..].ToArray());
    }

    [Fact]
    public void In_a_key_it_is_an_underscore() => Assert.Equal("caf_.log", KeyText.Sanitise("caf\uDCE9.log"));

    [Fact]
    public void In_JSON_it_is_the_replacement_character()
    {
        using var buffer = new ByteBuffer();
        JsonText.Append(buffer, Encoding.UTF8.GetBytes("caf\uDCE9"));
        Assert.Equal("caf\uFFFD", Encoding.UTF8.GetString(buffer.Written));
    }

    private static void AssertComesBack(byte[] bytes)
    {
        var name = NameBytes.Decode(bytes);
        var back = new byte[NameBytes.GetMaxByteCount(name.Length)];
        Assert.Equal(bytes, back[..NameBytes.Encode(name, back)]);
        Assert.Equal(bytes.Length, NameBytes.GetByteCount(name));
    }
}
