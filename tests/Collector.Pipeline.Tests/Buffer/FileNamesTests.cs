using Collector.Pipeline.Buffer;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class FileNamesTests
{
    [Fact]
    public void Names_are_parsed_as_they_are_made()
    {
        foreach (var state in Enum.GetValues<FileState>())
        {
            foreach (var seq in (long[])[0, 1, 0xabcdef, 0x8000_0000_0000])
            {
                Assert.True(FileNames.TryParse(FileNames.Format(seq, state), out var parsed, out var parsedState));
                Assert.Equal((seq, state), (parsed, parsedState));
            }
        }

        Assert.Equal("0000000000ff.attempted", FileNames.Format(255, FileState.Attempted));
    }

    [Theory]
    [InlineData("positions")]
    [InlineData("positions.prev")]
    [InlineData("reserve")]
    [InlineData("reserve.new")]
    [InlineData("")]
    [InlineData("0000000000ff")]
    [InlineData("0000000000ff.")]
    [InlineData("0000000000ff.chunk.tmp")]
    [InlineData("0000000000fg.chunk")]
    [InlineData("00000000000ff.chunk")]
    [InlineData("+000000000ff.chunk")]
    [InlineData("0000000000FF.chunk")]
    [InlineData("ffffffffffff.chunk")]
    [InlineData("800000000001.object")]
    [InlineData(" 000000000ff.chunk")]
    public void Other_names_are_no_names_of_buffered_files(string name) => Assert.False(FileNames.TryParse(name, out _, out _));
}
