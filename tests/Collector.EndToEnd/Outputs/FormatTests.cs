using System.Text;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>Formats and compressions, decoded with tools that are not the collector's.</summary>
public sealed class FormatTests : IDisposable
{
    private const int Lines = 3000;

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("json", "gzip", ".jsonl.gz")]
    [InlineData("json", "zstd", ".jsonl.zst")]
    [InlineData("json", "snappy", ".jsonl.snappy")]
    [InlineData("json", "zlib", ".jsonl.zz")]
    [InlineData("json", "none", ".jsonl")]
    [InlineData("text", "gzip", ".log.gz")]
    [InlineData("text", "none", ".log")]
    public void Every_compression_decodes_to_every_line_in_order(string format, string compression, string extension)
    {
        stage.Outputs = [new OutputYaml(More: $"format: {format}, compression: {compression}")];
        new PodLog(stage.Tree).WriteMany(Lines);
        Assert.Equal(0, stage.RunOnce());
        string key = Assert.Single(StoredRecords.Keys(stage.Objects));
        Assert.EndsWith(extension, key, StringComparison.Ordinal);
        IEnumerable<string> texts = format == "json" ? StoredRecords.Texts(stage.Objects) : StoredRecords.LinesOf(stage.Objects, key);
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"{i} ".PadRight(40, 'x')), texts);
    }

    /// <summary>S-94: with the programs that people have.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public void The_stock_program_decodes_it(string compression)
    {
        stage.Outputs = [new OutputYaml(More: $"format: text, compression: {compression}")];
        new PodLog(stage.Tree).WriteMany(Lines);
        Assert.Equal(0, stage.RunOnce());
        string file = Path.Combine(stage.Objects, Assert.Single(StoredRecords.Keys(stage.Objects)));
        Assert.Equal(0, CommandRun.Of(compression, "-t", file).ExitCode);
        Assert.Equal(Lines, CommandRun.Of(compression, "-dc", file).Output.Count(c => c == '\n'));
    }

    [Fact]
    public void Text_is_the_original_line()
    {
        const string Odd = "  spaces \t tab \"quotes\" \\ back\u0001slash é 日本 {\"a\":1}\r";
        stage.Outputs = [new OutputYaml(More: "format: text, compression: none")];
        PodLog log = new PodLog(stage.Tree).Write(Odd, "");
        using (FileStream file = File.Open(log.FilePath, FileMode.Append)) file.Write([.. "2026-11-21T00:00:00Z stdout F "u8, 0xff, 0xfe, (byte)'\n']);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal([.. Encoding.UTF8.GetBytes(Odd), (byte)'\n', (byte)'\n', 0xff, 0xfe, (byte)'\n'], StoredRecords.Body(stage.Objects, StoredRecords.Keys(stage.Objects)[0]));
    }
}
