using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every mistake in a source.</summary>
public sealed class SourceMistakesTests
{
    private const string GlobMistake = "is not an absolute path with globs; write a path of files from /, without . and .. in it, like /var/log/app/*.log";

    [Theory]
    [InlineData("{type: journal}", "type (line 3): not yet: reading the journal is not in this product; write one of containers, file")]
    [InlineData("{type: audit}", "type (line 3): not yet: a preset for audit logs (a source of type file reads them) is not in this product; write one of containers, file")]
    [InlineData("{type: syslog}", "type (line 3): 'syslog' is not a known type; write one of containers, file")]
    [InlineData("{limits: {}}", "limits (line 3): not yet: a rate limit is not in this product; remove it")]
    [InlineData("{drop: []}", "drop (line 3): not yet: filtering by content is not in this product; remove it")]
    [InlineData("{dockerRoot: docker}", "dockerRoot (line 3): 'docker' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("{type: journald}", "type (line 3): not yet: reading the journal is not in this product; write one of containers, file")]
    [InlineData("text", " (line 3): is a single value, not a mapping; write a mapping with type: containers, file")]
    [InlineData("{name: Ab}", "name (line 3): 'Ab' is not a name; write 1 to 63 of a-z 0-9 and -, neither first nor last a -")]
    [InlineData("{name: ../x}", "name (line 3): '../x' is not a name; write 1 to 63 of a-z 0-9 and -, neither first nor last a -")]
    [InlineData("{path: '*.log'}", "path (line 3): '*.log' " + GlobMistake)]
    [InlineData("{path: /var/log/}", "path (line 3): '/var/log/' ends in / and names a directory; write /var/log/*")]
    [InlineData("{path: '/x/[a-.log'}", "path (line 3): '/x/[a-.log' is not an absolute path with globs: its [ is not closed; write [[] for the character itself")]
    [InlineData("{path: '/x/{a,b.log'}", "path (line 3): '/x/{a,b.log' is not an absolute path with globs: its { is not closed; write [{] for the character itself")]
    [InlineData("", " (line 3): is empty; write a mapping with type: containers, file, or delete the \"-\"")]
    [InlineData("{multiline: auto}", "multiline (line 3): not yet: joining the lines of an exception is not in this product; remove it, or write none")]
    [InlineData("{<<: {name: a}}", "<< (line 3): is a merge key of YAML, which is not supported; write the keys themselves, or an alias (*name) for the value of a key")]
    [InlineData("{maxRecordSize: 99999999999999999999MB}", "maxRecordSize (line 3): '99999999999999999999MB' is too large; write at most 8589934591GiB")]
    [InlineData("{excludePaths: [/a, b]}", "excludePaths[1] (line 3): 'b' " + GlobMistake)]
    [InlineData("{path: '/var/log/[z-a].log'}", "path (line 3): '/var/log/[z-a].log' is not an absolute path with globs: [z-a] has a range in reverse order, z-a; write a path of files from /, without . and .. in it, like /var/log/app/*.log")]
    [InlineData("{excludePaths: ['/a/{b,{c,d}}']}", "excludePaths[0] (line 3): '/a/{b,{c,d}}' is not an absolute path with globs: {b,{c,d} has nested braces, which are not supported; write a path of files from /, without . and .. in it, like /var/log/app/*.log")]
    [InlineData("{podLogs: pods}", "podLogs (line 3): 'pods' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("{startAt: start}", "startAt (line 3): 'start' is not one of the choices; write one of beginning, end")]
    [InlineData("{maxRecordSize: 0}", "maxRecordSize (line 3): '0' is not a size above zero; write bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, like 48MB")]
    [InlineData("{parseJson: 1}", "parseJson (line 3): '1' is not a boolean; write true or false")]
    [InlineData("{parser: json}", "parser (line 3): is a key of type file, not of containers; remove it, or write type: file")]
    [InlineData("{flushPartialAfter: 1s}", "flushPartialAfter (line 3): is a key of type file, not of containers; remove it, or write type: file")]
    [InlineData("{multiline: {}}", "multiline (line 3): not yet: joining the lines of an exception is not in this product; remove it, or write none")]
    [InlineData("{redact: []}", "redact (line 3): not yet: redaction is not in this product; remove it")]
    [InlineData("{rateLimit: 1}", "rateLimit (line 3): not yet: a rate limit is not in this product; remove it")]
    [InlineData("{sampling: 1}", "sampling (line 3): not yet: sampling is not in this product; remove it")]
    [InlineData("{filters: []}", "filters (line 3): not yet: filtering by content is not in this product; remove it")]
    [InlineData("{maxRecordsize: 1}", "maxRecordsize (line 3): is not a known key; did you mean maxRecordSize?")]
    public void A_mistake_in_a_source_is_told(string source, string mistake) =>
        Assert.Equal([Prefix(mistake)], Yaml.Mistakes($"{Yaml.Output}sources:\n  - {source}"));

    [Theory]
    [InlineData("path: /a/b.log", "name (line 3): is required and missing; add name (Unique among the sources)")]
    [InlineData("name: a", "path (line 3): is required and missing; add path (Glob of the files, like /var/log/app/*.log)")]
    [InlineData("name: a, path: /a/b, podLogs: /c", "podLogs (line 3): is a key of type containers, not of file; remove it, or write type: containers")]
    [InlineData("name: a, path: /a/b, parseJson: true", "parseJson (line 3): is a key of type containers, not of file; remove it, or write type: containers")]
    [InlineData("name: a, path: /a/b, parser: cri", "parser (line 3): 'cri' is not one of the choices; write one of text, json")]
    [InlineData("name: a, path: /a/b, timeField: ts", "timeField (line 3): is allowed with parser json only; remove it, or write parser: json")]
    [InlineData("name: a, path: /a/b, timeFormat: epoch", "timeFormat (line 3): has no effect without timeField; add timeField (the name of the field that holds the time), or remove timeFormat")]
    [InlineData("name: a, path: /a/b, parser: json, timeField: t, timeFormat: '%H:%M'", "timeFormat (line 3): '%H:%M' is not a format of times: '%H:%M' lacks the year, the month or the day; write a pattern like %Y-%m-%d %H:%M:%S, or %s")]
    [InlineData("name: a, path: /a/b, logType: node", "logType (line 3): 'node' is not one of the choices; write one of application, infrastructure, audit")]
    [InlineData("name: a, path: /a/b, logSource: a/b", "logSource (line 3): 'a/b' is not a log source; write 1 to 63 of A-Z a-z 0-9 - _ and .")]
    [InlineData("name: a, path: /a/b, flushPartialAfter: 0s", "flushPartialAfter (line 3): '0s' is not a duration above zero and up to 720h; write a whole number with ms, s, m or h, like 30s or 1m30s")]
    public void A_mistake_in_a_file_source_is_told(string keys, string mistake) =>
        Assert.Equal([Prefix(mistake)], Yaml.Mistakes($"{Yaml.Output}sources:\n  - {{type: file, {keys}}}"));

    [Fact]
    public void Names_are_unique() => Assert.Equal(
        ["sources[2].name (line 5): two sources are named a; rename one of them"],
        Yaml.Mistakes($"{Yaml.Output}sources:\n  - name: a\n  - name: b\n  - name: a"));

    /// <summary>The contract's default: every line is a record.</summary>
    [Fact]
    public void Lines_that_are_not_joined_are_right() => Yaml.Valid(Yaml.Output + "sources: [{multiline: none}]");

    [Theory]
    [InlineData("/x/[[]a.log")]
    [InlineData("/x/[{]a.log")]
    [InlineData("/x/[]a]b.log")]
    [InlineData("/x/[!]]b.log")]
    [InlineData("/x/{a}.log")]
    public void Brackets_that_are_closed_are_right(string path) => Yaml.Valid($"{Yaml.Output}sources: [{{path: '{path}'}}]");

    [Theory]
    [InlineData("/var/lib/collector/*.log")]
    [InlineData("/var/lib/*/x.log")]
    [InlineData("/var/**")]
    [InlineData("/var/lib/{collector,app}/*.log")]
    [InlineData("/var/lib/collector/x/y.log")]
    public void A_source_that_would_read_the_data_dir_is_a_mistake(string path) => Assert.Equal(
        [$"dataDir (line 1): /var/lib/collector is a directory that source 'a' reads ({path}); write a directory of its own"],
        Yaml.Mistakes($"{Yaml.Output}sources: [{{name: a, type: file, path: '{path}'}}]"));

    [Theory]
    [InlineData("/var/lib/*.log")]
    [InlineData("/var/lib/collector2/*.log")]
    [InlineData("/var/lib/collector*")]
    public void A_source_beside_the_data_dir_is_right(string path) =>
        Yaml.Valid($"{Yaml.Output}sources: [{{name: a, type: file, path: '{path}'}}]");

    [Fact]
    public void A_source_that_would_read_an_output_is_a_mistake() => Assert.Equal(
        ["outputs[0].store.path (line 1): /data is a directory that source 'a' reads (/data/**); write a directory of its own"],
        Yaml.Mistakes($"{Yaml.Output}sources: [{{name: a, type: file, path: /data/**}}]"));

    private static string Prefix(string mistake) => mistake.StartsWith(' ') ? "sources[0]" + mistake : "sources[0]." + mistake;
}
