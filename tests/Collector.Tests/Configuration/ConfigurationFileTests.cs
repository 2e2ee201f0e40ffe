using System.Text;
using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>What a person may give as <c>--config</c> that is no configuration at all.</summary>
public sealed class ConfigurationFileTests : IDisposable
{
    private const string Valid = "sources: [{type: file, name: f, path: '/x/*.log'}]\noutputs: [{store: {type: filesystem, path: /d}}]\n";

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("/", "/: cannot be read: it is a directory; give the path of a readable file")]
    [InlineData("", ": cannot be read: no path is given; give the path of a readable file")]
    [InlineData("/nowhere", "/nowhere: cannot be read: the file does not exist; give the path of a readable file")]
    [InlineData("/nowhere/x.yaml", "/nowhere/x.yaml: cannot be read: the file does not exist; give the path of a readable file")]
    [InlineData("/dev/zero", "/dev/zero: cannot be read: it is longer than 16 MiB; give the path of a readable file")]
    public void What_is_no_file_is_told_in_words(string path, string told) => Assert.Equal(told, Told(path));

    [Theory]
    [InlineData(new byte[] { 0xFF }, "(line 3): is not UTF-8: it has the byte 0xFF; save it as UTF-8")]
    [InlineData(new byte[] { (byte)'x', 0xC3, (byte)'(' }, "(line 3): is not UTF-8: it has the byte 0xC3; save it as UTF-8")]
    [InlineData(new byte[] { (byte)'\n', 0xE4 }, "(line 4): is not UTF-8: it has the byte 0xE4; save it as UTF-8")]
    [InlineData(new byte[] { 0 }, "(line 3): has a control character, U+0000; remove it")]
    [InlineData(new byte[] { (byte)'#', 0x1B }, "(line 3): has a control character, U+001B; remove it")]
    public void What_is_no_text_is_told_with_its_line(byte[] end, string told)
    {
        File.WriteAllBytes(_path, [.. Encoding.UTF8.GetBytes(Valid), .. end]);

        Assert.Equal($"{_path} {told}", Told(_path));
    }

    [Fact]
    public void UTF_16_is_named()
    {
        File.WriteAllText(_path, Valid, Encoding.Unicode);
        Assert.Equal($"{_path} (line 1): is UTF-16; save it as UTF-8", Told(_path));
        File.WriteAllText(_path, Valid, Encoding.BigEndianUnicode);
        Assert.Equal($"{_path} (line 1): is UTF-16; save it as UTF-8", Told(_path));
    }

    /// <summary>Windows' editors write the mark, and end lines with two characters.</summary>
    [Fact]
    public void A_byte_order_mark_of_UTF_8_and_carriage_returns_do_no_harm()
    {
        File.WriteAllText(_path, Valid.Replace("\n", "\r\n", StringComparison.Ordinal), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.NotNull(ConfigurationFile.Load(_path).Configuration);
    }

    private static string Told(string path) => Assert.Single(ConfigurationFile.Load(path).Mistakes).ToString();
}
