using Collector.Commands.Reading;
using Xunit;

namespace Collector.Tests.Commands;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain é 日本\ttab", "plain é 日本\ttab")]
    [InlineData("\e[31mred\e[0m", "\e[31mred\e[0m")]
    [InlineData("\e[2J\e[1;1Hfaked", "\\x1b[2J\\x1b[1;1Hfaked")]
    [InlineData("\e]52;c;aGk=\a", "\\x1b]52;c;aGk=\\x07")]
    [InlineData("over\rwritten\b", "over\\x0dwritten\\x08")]
    [InlineData("\u009b31m", "\\x9b31m")]
    public void Only_colours_reach_the_terminal(string text, string shown) => Assert.Equal(shown, TerminalText.Of(text));
}
