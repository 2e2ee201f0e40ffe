using System.Text;
using System.Text.Json;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\"b\\c", "a\\\"b\\\\c")]
    [InlineData("\n\r\t\b\f", "\\n\\r\\t\\b\\f")]
    [InlineData("\0\u0001\u001f\u007f", "\\u0000\\u0001\\u001f\u007f")]
    [InlineData("/<>&'é✓😀\u2028", "/<>&'é✓😀\u2028")]
    public void Escapes_only_what_JSON_demands(string text, string expected) =>
        Assert.Equal((expected, false), Escape(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(new byte[] { 0xFF }, "\uFFFD")]
    [InlineData(new byte[] { 0xE2, 0x82 }, "\uFFFD")]
    [InlineData(new byte[] { 0xE2, 0x82, 0x41 }, "\uFFFDA")]
    [InlineData(new byte[] { 0xC0, 0xAF }, "\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x22 }, "\uFFFD\\\"")]
    public void Every_maximal_part_of_a_broken_sequence_becomes_one_replacement(byte[] text, string expected) =>
        Assert.Equal((expected, true), Escape(text));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_parser_reads_back_what_the_decoder_makes_of_any_bytes(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = Samples.RandomBytes(random, 40);
            var decoded = Encoding.UTF8.GetString(bytes);
            var (escaped, repaired) = Escape(bytes);
            Assert.Equal(decoded, JsonSerializer.Deserialize<string>($"\"{escaped}\""));
            Assert.Equal(!bytes.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(decoded)), repaired);
        }
    }

    [Fact]
    public void Text_that_grows_sixfold_finds_room()
    {
        using var to = new ByteBuffer(16);
        JsonText.Append(to, new byte[100_000]);
        Assert.Equal(600_000, to.Length);
        Assert.True(to.Written.EndsWith("\\u0000"u8));
    }

    private static (string Escaped, bool Repaired) Escape(byte[] text)
    {
        using var to = new ByteBuffer(16);
        var repaired = JsonText.Append(to, text);
        return (Encoding.UTF8.GetString(to.Written), repaired);
    }
}
