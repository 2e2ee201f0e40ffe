using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tests.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Cri;

public sealed class DockerLineTests : IDisposable
{
    private const string Time = "\"time\":\"2026-11-20T10:00:00.123456789Z\"";

    private readonly ByteBuffer _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("{\"log\":\"hello\\n\",\"stream\":\"stdout\"," + Time + "}", LogStream.Stdout, false, "hello")]
    [InlineData("{\"stream\":\"stderr\"," + Time + ",\"log\":\"hello\\n\"}", LogStream.Stderr, false, "hello")]
    [InlineData(" { \"log\" : \"a\\\"b\\\\\\t\\/\\u0041\\n\" , " + Time + " } \r", LogStream.None, false, "a\"b\\\t/A")]
    [InlineData("{\"log\":\"windows\\r\\n\",\"stream\":\"stdout\"," + Time + "}", LogStream.Stdout, false, "windows\r")]
    [InlineData("{\"log\":\"\\n\",\"stream\":\"stdout\"," + Time + "}", LogStream.Stdout, false, "")]
    [InlineData("{\"log\":\"ends in a backslash n\\\\n\",\"stream\":\"stdout\"," + Time + "}", LogStream.Stdout, true, "ends in a backslash n\\n")]
    [InlineData("{\"log\":\"\\ud83d\\ude00 \\ud83d \\ude00\\ud83d\\u0041\\n\"," + Time + "}", LogStream.None, false, "😀 \uFFFD \uFFFD\uFFFDA")]
    [InlineData("{\"attrs\":{\"a\":[1,{\"log\":\"no\"}]},\"log\":\"yes\\n\"," + Time + ",\"x\":null}", LogStream.None, false, "yes")]
    public void Reads_the_parts_of_a_line(string line, LogStream stream, bool isPartial, string text)
    {
        Assert.True(DockerLine.TryParse(Encoding.UTF8.GetBytes(line), _scratch, out var parsed));
        Assert.Equal("2026-11-20T10:00:00.123456789Z", Encoding.UTF8.GetString(parsed.Time));
        Assert.Equal(stream, parsed.Stream);
        Assert.Equal(isPartial, parsed.IsPartial);
        Assert.Equal(text, Encoding.UTF8.GetString(parsed.Text));
    }

    /// <summary>What goes on is told by the newline alone, not by the length.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("\\n", false)]
    public void A_message_of_exactly_16_KiB_is_partial_only_without_its_newline(string end, bool isPartial)
    {
        var message = new string('x', 16 * 1024 - (end.Length > 0 ? 1 : 0));
        var line = $"{{\"log\":\"{message}{end}\",\"stream\":\"stdout\",{Time}}}";
        Assert.True(DockerLine.TryParse(Encoding.UTF8.GetBytes(line), _scratch, out var parsed));
        Assert.Equal(isPartial, parsed.IsPartial);
        Assert.Equal(message.Length, parsed.Text.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{" + Time + "}")]
    [InlineData("{\"log\":\"x\\n\"}")]
    [InlineData("{\"log\":1," + Time + "}")]
    [InlineData("{\"log\":\"x\\n\",\"time\":\"yesterday\"}")]
    [InlineData("{\"log\":\"x\\n\"," + Time + "}}")]
    [InlineData("{\"log\":\"x\\n\"," + Time)]
    [InlineData("{\"log\":\"x\\n\",\"str")]
    [InlineData("{\"log\":\"\\")]
    [InlineData("{\"log\":\"\\u12")]
    [InlineData("{\"log\":\"\\ug000\"," + Time + "}")]
    public void What_is_no_line_of_the_format_is_not_parsed(string line) =>
        Assert.False(DockerLine.TryParse(Encoding.UTF8.GetBytes(line), _scratch, out _));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Gives_back_every_text_that_a_serializer_wrote(int seed)
    {
        var random = new Random(seed);
        JsonSerializerOptions[] writers = [new(), new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }];
        for (var i = 0; i < 5_000; i++)
        {
            var text = Samples.RandomText(random, 60);
            var line = JsonSerializer.SerializeToUtf8Bytes(
                new { log = text + "\n", stream = "stderr", time = "2026-11-20T10:00:00Z" }, writers[i % 2]);
            Assert.True(DockerLine.TryParse(line, _scratch, out var parsed));
            Assert.Equal(text, Encoding.UTF8.GetString(parsed.Text));
            Assert.False(parsed.IsPartial);
        }
    }
}
