using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tests.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Design R2, R6, R7: compressed files, whole, cut or damaged, in forms that are read and in others.</summary>
public class CompressedFormTests
{
    public static MatrixTheoryData<string, bool, double, string> DamagedForms => new(["app.log.1.gz", "app.log.gz", "app-old.gz"], [true, false], [0.3, 0.6, 0.99], ["noise", "bit"]);

    /// <summary>S-131.</summary>
    [Theory]
    [InlineData(".xz")]
    [InlineData(".zst")]
    [InlineData(".bz2")]
    public void A_sibling_that_is_compressed_otherwise_is_no_text_and_counted_once(string ending)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*", StringComparison.Ordinal) }));
        tail.File("files/app.log.1" + ending).Append([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 10, 1, 2, 3, 10]);
        tail.File("files/app.log").Lines("a");
        tail.Advance(5);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));

        tail.Restart(End.Kill);
        tail.Advance(70);
        Assert.Equal(["a"], tail.Stored().Logs);
        Assert.Equal(0, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.Single(tail.Log.Warnings.Distinct(StringComparer.Ordinal), w => w.Contains(ending, StringComparison.Ordinal));
    }

    /// <summary>R6: what gzip gives is compressed again, or gzip's bytes have a name that does not tell so: neither is text.</summary>
    [Theory]
    [InlineData("app.log.1.gz.gz", "more than once")]
    [InlineData("app.log.1.gz", "more than once")]
    [InlineData("app.log.1.xz.gz", "more than once")]
    [InlineData("app.log.1", "does not end in .gz")]
    [InlineData("other", "does not end in .gz")]
    public void A_file_of_compressed_bytes_is_no_text_and_counted_once(string name, string why)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*", StringComparison.Ordinal) }));
        var inner = name.Contains(".xz", StringComparison.Ordinal) ? [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 10, 1, 2, 3, 10] : GzipSamples.Compress(GzipSamples.Lines(100));
        tail.File($"files/{name}").Append(name.EndsWith(".gz", StringComparison.Ordinal) ? GzipSamples.Compress(inner) : inner);
        tail.File("files/app.log").Lines("a");
        tail.Advance(70);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.Contains(why, Assert.Single(tail.Log.Warnings), StringComparison.Ordinal);

        tail.Restart(End.Kill);
        tail.Advance(70);
        Assert.Equal(["a"], tail.Stored().Logs);
        Assert.Equal(0, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.Single(tail.Log.Warnings);
    }

    /// <summary>I10: a rotator is between writing x.gz and removing x; x is read. Or it never removes x (gzip -k).</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_log_and_its_compressed_form_that_are_both_there_at_the_start_are_one(bool hasLive, bool isRemoved)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*", StringComparison.Ordinal) }));
        tail.Stop(End.Clean);
        var plain = tail.File("files/app.log.1").Lines(Numbered("old", 300));
        plain.BeginGzip();
        plain.FinishGzip();
        if (hasLive)
        {
            tail.File("files/app.log").Lines("live");
        }

        tail.Start();
        tail.Advance(30);
        if (isRemoved)
        {
            plain.Delete();
        }

        tail.Advance(150);
        Assert.Equal([.. Numbered("old", 300), .. hasLive ? ["live"] : (string[])[]], Texts(tail));
        tail.AssertNothingLost();
    }

    /// <summary>R2, R7: no line of the damaged form is missed, and what stands behind the damage is no line of the log.</summary>
    [Theory]
    [MemberData(nameof(DamagedForms))]
    public void A_damaged_compressed_form_of_a_log_that_was_read_is_not_read_again(string form, bool isDown, double place, string how)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*", StringComparison.Ordinal) }));
        var lines = GzipSamples.Lines(2000);
        var log = tail.File("files/app.log").Append(lines);
        tail.Advance(3);
        if (isDown)
        {
            tail.Stop(End.Clean);
        }

        log.Delete();
        tail.File("files/app.log").Lines("next");
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "kept"));
        var bytes = GzipSamples.Compress(lines);
        if (how == "noise")
        {
            bytes.AsSpan((int)(bytes.Length * place), 64).Fill(0xA5);
        }
        else
        {
            bytes[(int)(bytes.Length * place)] ^= 0x10;
        }

        tail.File($"files/{form}").Append(bytes);
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(150);
        tail.Restart(End.Kill);
        tail.Advance(90);
        Assert.Equal([.. Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries), "next"], Texts(tail));
        Assert.Equal(0, tail.Books.Snapshot().BytesLost.Total);
    }

    /// <summary>R3: equal beginnings prove nothing, also where the rest cannot be read.</summary>
    [Theory]
    [InlineData(0.5, false)]
    [InlineData(0.9, false)]
    [InlineData(0.5, true)]
    public void A_cut_compressed_log_with_the_beginning_of_one_that_was_read_is_read(double kept, bool isDown)
    {
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*", StringComparison.Ordinal) }));
        var banner = Numbered(new string('b', 100), 30);
        var log = tail.File("files/app.log").Lines([.. banner, .. Numbered("one", 5000)]);
        tail.Advance(3);
        if (isDown)
        {
            tail.Stop(End.Clean);
        }

        log.Delete();
        var others = Numbered("two", 5000);
        var bytes = GzipSamples.Compress(Encoding.UTF8.GetBytes(string.Join("\n", [.. banner, .. others, ""])));
        tail.File("files/app.log.1.gz").Append(bytes[..(int)(bytes.Length * kept)]);
        tail.File("files/app.log").Lines("next");
        if (isDown)
        {
            tail.Start();
        }

        tail.Advance(150);
        var stored = Texts(tail);
        Assert.InRange(stored.Count(text => text.StartsWith("two", StringComparison.Ordinal)), 1000, 5000);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
    }

    private static List<string> Numbered(string text, int count) => [.. Enumerable.Range(0, count).Select(i => $"{text} {i}")];

    /// <summary>All texts, where equal ones are stored on purpose.</summary>
    private static List<string> Texts(TailHarness tail) => [.. tail.Outputs[0].Bodies().SelectMany(b => StoredRecords.ParseBody(b.Prefix, b.Body)).Select(r => r.Log)];
}
