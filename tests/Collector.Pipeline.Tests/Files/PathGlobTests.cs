using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>Which paths a pattern takes, and which patterns are none.</summary>
public sealed class PathGlobTests
{
    [Theory]
    [InlineData("/a/*.log", "/a/x.log", true)]
    [InlineData("/a/*.log", "/a/b/x.log", false)]
    [InlineData("/a/?.log", "/a/é.log", true)]
    [InlineData("/a/?.log", "/a/\U0001F4AF.log", true)]
    [InlineData("/a/[b-d].log", "/a/c.log", true)]
    [InlineData("/a/[b-d].log", "/a/e.log", false)]
    [InlineData("/a/[!b-d].log", "/a/e.log", true)]
    [InlineData("/a/[^b-d].log", "/a/c.log", false)]
    [InlineData("/a[!b]c", "/a/c", false)]
    [InlineData("/a/[]x].log", "/a/].log", true)]
    [InlineData("/a/[!]x].log", "/a/].log", false)]
    [InlineData("/a/[b-].log", "/a/-.log", true)]
    [InlineData("/a/[.^$|(]", "/a/|", true)]
    [InlineData("/a/[\\d]", "/a/1", false)]
    [InlineData("/a/{app,db}.log", "/a/app.log", true)]
    [InlineData("/a/{app,db}.log", "/a/db.log", true)]
    [InlineData("/a/{app,db}.log", "/a/{app,db}.log", false)]
    [InlineData("/a/{app-*,d[bc],}.log", "/a/app-1.log", true)]
    [InlineData("/a/{app-*,d[bc],}.log", "/a/dc.log", true)]
    [InlineData("/a/{app-*,d[bc],}.log", "/a/.log", true)]
    [InlineData("/a/{app-*,d[bc],}.log", "/a/d.log", false)]
    [InlineData("/{a,b}/{c,d}", "/b/c", true)]
    [InlineData("/a/{app}.log", "/a/{app}.log", true)]
    [InlineData("/a/a,b.log", "/a/a,b.log", true)]
    [InlineData("/a/a b+(1).log", "/a/a b+(1).log", true)]
    [InlineData("/a/**/x.log", "/a/x.log", true)]
    [InlineData("/a/**/x.log", "/a/b/c/x.log", true)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("/a/b**", "/a/b/c", false)]
    [InlineData("/a/b**.log", "/a/bcd.log", true)]
    [InlineData("/a/x.log", "/a/x.log\n", false)]
    public void A_pattern_takes_what_it_says(string pattern, string path, bool isMatch)
    {
        var glob = new PathGlob(pattern);
        Assert.Null(PathGlob.Check(pattern));
        Assert.Equal(isMatch, glob.IsMatch(path));
        Assert.Equal(isMatch, IsFound(glob, path));
    }

    /// <summary>A bracket or brace without an end stands for itself, and is most likely a mistake.</summary>
    [Theory]
    [InlineData("/a/[", '[')]
    [InlineData("/a/[]", '[')]
    [InlineData("/a/[!]", '[')]
    [InlineData("/a/{app,", '{')]
    [InlineData("/a/[b]/{app,db", '{')]
    public void What_is_not_closed_stands_for_itself_and_is_a_mistake(string pattern, char open)
    {
        Assert.Equal($"its {open} is not closed; write [{open}] for the character itself", PathGlob.Check(pattern));
        Assert.True(new PathGlob(pattern).IsMatch(pattern) || pattern.Contains("[b]", StringComparison.Ordinal));
        Assert.Null(PathGlob.Check(pattern.Replace("[b]", "b", StringComparison.Ordinal).Replace($"{open}", $"[{open}]", StringComparison.Ordinal)));
    }

    /// <summary>Not in the table: a test's data is UTF-8.</summary>
    [Fact]
    public void A_byte_that_is_no_UTF8_is_one_character()
    {
        Assert.True(new PathGlob("/a/caf?.log").IsMatch("/a/caf\uDCE9.log"));
        Assert.True(new PathGlob("/a/caf[!x].log").IsMatch("/a/caf\uDCE9.log"));
        Assert.False(new PathGlob("/a/caf?.log").IsMatch("/a/caf\uDCE9\uDCE9.log"));
    }

    [Theory]
    [InlineData("/a/*.log", "/a")]
    [InlineData("/a/b.log", "/a")]
    [InlineData("/a/{b,c}/d.log", "/a")]
    [InlineData("/a/b/[cd]/*", "/a/b")]
    [InlineData("/*", "/")]
    public void What_stands_before_the_first_wildcard_is_the_root(string pattern, string root) => Assert.Equal(root, new PathGlob(pattern).Root);

    [Theory]
    [InlineData("/a/[z-a].log", "[z-a] has a range in reverse order, z-a")]
    [InlineData("/a/[!0-9b-a]", "[!0-9b-a] has a range in reverse order, b-a")]
    [InlineData("/a[b/c]d", "[b/c] has a slash in brackets or braces; a slash cannot be part of a name")]
    [InlineData("/a/{b,{c,d}}", "{b,{c,d} has nested braces, which are not supported")]
    [InlineData("/{a/b,c}/d", "{a/b,c} has a slash in braces; braces can list names, but not paths")]
    [InlineData("/a/[[:alpha:]]*.log", "[[:alpha:] names a class of characters, which is not supported; write the characters, for example [a-zA-Z]")]
    [InlineData("/a/[![:digit:]].log", "[![:digit:] names a class of characters, which is not supported; write the characters, for example [a-zA-Z]")]
    [InlineData("/a/[x[:space:]].log", "[x[:space:] names a class of characters, which is not supported; write the characters, for example [a-zA-Z]")]
    [InlineData("/a/{b,[z-a]}", "[z-a] has a range in reverse order, z-a")]
    public void What_is_no_pattern_is_said(string pattern, string mistake)
    {
        Assert.Equal(mistake, PathGlob.Check(pattern));
        Assert.Equal(mistake, Assert.Throws<FormatException>(() => new PathGlob(pattern)).Message);
    }

    [Fact]
    public void No_text_makes_it_throw_anything_else()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var text = "/" + new string(random.GetItems<char>("ab-*?[]{},!^\\/.()", random.Next(10)));
            if (PathGlob.Check(text) is null)
            {
                new PathGlob(text).IsMatch("/ab/a,b");
            }
        }
    }

    /// <summary>As discovery finds it: directory by directory.</summary>
    private static bool IsFound(PathGlob glob, string path)
    {
        var root = glob.Root.TrimEnd('/') + "/";
        if (!path.StartsWith(root, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = path[root.Length..].Split('/');
        return glob.Expand(
            directory => directory.Length == 0 ? [parts[0]] : [parts[directory.Count(c => c == '/') + 1]],
            name => name.Count(c => c == '/') + 1 < parts.Length).Contains(path[root.Length..]);
    }
}
