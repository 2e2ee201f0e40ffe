using System.Text;
using System.Text.RegularExpressions;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests.Search;

/// <summary>A line is passed over unread only if the expression cannot match it.</summary>
public class RequiredLiteralTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("error [0-9]+ of", "error ")]
    [InlineData("id=[a-f]{8} timeout", " timeout")]
    [InlineData("abc?def", "def")]
    [InlineData("abc+def", "abc")]
    [InlineData("ab*cd{2}efg", "efg")]
    [InlineData("^start.*middle$", "middle")]
    [InlineData(@"a\.bcd\d", "bcd")]
    [InlineData("(ab(cd)e)fg[)]h", "fg")]
    [InlineData("([(]x)yz", "yz")]
    [InlineData("[]x]yz", "yz")]
    [InlineData("[^]x]yz", "yz")]
    [InlineData("one|two", "")]
    [InlineData("(?i)word", "")]
    [InlineData("a/b", "a")]
    [InlineData("", "")]
    public void The_longest_run_of_letters_that_must_be_there_is_found(string pattern, string required) =>
        Assert.Equal(required, RequiredLiteral.Of(pattern, c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '='));

    /// <summary>Expressions and lines of few letters, so that many match: what is excluded never does.</summary>
    [Fact]
    public void What_is_excluded_does_not_match()
    {
        var random = new Random(7);
        string[] pieces = ["a", "b", "ab", "ba", "a?", "b*", "a+", "[ab]", "[^a]", ".", "(ab)", "(a)?", "(b(a))*", "a{2}", "b{0,1}", "^", "$", @"\w", @"\.", "|", "(?:a)", "[]a]"];
        var (excluded, matched) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (TextPattern.Parse(pattern, ignoreCase: false, out _) is not { } search)
                continue;
            var line = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => "ab.]"[random.Next(4)]));
            var isMatch = Regex.IsMatch(line, pattern);
            var isExcluded = search.Excludes(Encoding.UTF8.GetBytes(line));
            Assert.False(isMatch && isExcluded, $"{pattern} matches {line}");
            excluded += isExcluded ? 1 : 0;
            matched += isMatch ? 1 : 0;
        }

        Assert.True(excluded > 1000 && matched > 1000, $"{excluded} excluded, {matched} matched");
    }
}
