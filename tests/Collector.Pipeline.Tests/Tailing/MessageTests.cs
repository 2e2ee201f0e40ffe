using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Tests.Files;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Every line of the log names a file by the path that leads to it: beneath <c>podLogs</c>, never by a link or by a chain's key.</summary>
public class MessageTests
{
    private static readonly string[] s_keys = [ContainerDiscovery.KubeletKey, ContainerDiscovery.DockerKey, ContainerDiscovery.PlainKey, FileDiscovery.FileKey];
    private static readonly string[] s_kilobytes = [.. Enumerable.Range(0, 300).Select(i => $"{i} {new string('x', 1000)}")];

    /// <summary>Its link is still there, or nothing of it is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_went_while_down_is_named_by_what_is_left_to_name_it(bool isLinked)
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        tail.Run();
        tail.Stop(End.Kill);
        Directory.Delete(log.Directory, recursive: true);
        if (!isLinked)
        {
            File.Delete(log.Link);
        }

        tail.Start();
        tail.Advance(90);

        AssertTold(tail, LogLevel.Information, $"{(isLinked ? log.Live.FilePath : log.Directory)} was deleted while the collector was down");
    }

    [Theory]
    [InlineData(false, "deleted")]
    [InlineData(true, "truncated or rewritten")]
    public void What_became_of_a_file_with_unread_bytes_is_told(bool isTruncated, string what)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/app.log").Lines("a").Append("half a line");
        tail.Run();
        if (isTruncated)
        {
            file.Truncate();
            file.Lines("b");
        }
        else
        {
            tail.Stop(End.Clean);
            file.Delete();
            tail.File("files/app.log").Lines("b");
            tail.Start();
        }

        tail.Advance(90);

        AssertTold(tail, LogLevel.Warning, $"{file.FilePath} was {what} before it was read to its end; 11 bytes");
    }

    [Fact]
    public void Dockers_file_is_named_by_its_own_path()
    {
        using var tail = new TailHarness();
        var file = DockerLivesTests.Begin(tail, 0).Lines(DockerLivesTests.Line("a"));
        tail.Run();

        AssertTold(tail, LogLevel.Debug, $"{file.FilePath}: log found");
    }

    [Fact]
    public void A_deleted_file_that_is_given_up_is_named_by_the_path_that_it_had()
    {
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { Buffer = new() { MaxDeletedUnread = 1000 } }, Output = (_, o) => o with { Buffer = new() { MaxSize = 200_000 } } });
        var log = tail.Container().Write(s_kilobytes);
        tail.Run();
        var path = log.Live.FilePath;
        log.Delete();
        tail.Advance(2);

        AssertTold(tail, LogLevel.Error, $"{path} was deleted, and its ");
    }

    [Fact]
    public void A_file_that_is_truncated_is_named_by_its_path()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/app.log").Lines("a");
        tail.Run();
        file.Truncate();
        file.Lines("b");
        tail.Advance(3);

        AssertTold(tail, LogLevel.Information, $"{file.FilePath} was ");
    }

    [Fact]
    public void What_cannot_be_read_now_is_named_by_its_directory()
    {
        var fails = false;
        using var tail = new TailHarness(new TailOptions { Facts = Describe });
        var log = tail.Container().Write("a");
        tail.Run();
        fails = true;
        tail.Worker.MetadataChanged(null);
        tail.Advance(2);
        fails = false;
        tail.Advance(120);

        AssertTold(tail, LogLevel.Error, $"{log.Directory} is parked");
        AssertTold(tail, LogLevel.Information, $"{log.Directory} is no longer skipped");

        ContainerFacts Describe(ContainerRef container) => fails
            ? throw new InvalidOperationException("the API's answer makes no sense")
            : new ContainerFacts { Identity = TailHarness.IdentityOf(container) };
    }

    [Fact]
    public void Of_a_damaged_gzip_file_it_is_told_how_far_it_can_be_read()
    {
        using var tail = new TailHarness(Compressed(startsAtEnd: false));
        var lines = GzipSamples.Lines(20_000);
        var path = Damaged(tail, lines);
        tail.Advance(90);

        var told = AssertTold(tail, LogLevel.Error, $"{path} cannot be decompressed after byte ");
        var at = long.Parse(told.Split("after byte ")[1].Split(';')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(lines.Length - tail.LostBytes(BytesLostReason.Unreadable), at);
    }

    /// <summary>Nobody was to have it, so its damage takes nothing from anybody; and how long it is nobody knows.</summary>
    [Fact]
    public void A_damaged_gzip_file_that_was_skipped_is_not_lost()
    {
        using var tail = new TailHarness(Compressed(startsAtEnd: true));
        Damaged(tail, GzipSamples.Lines(20_000));
        tail.File("files/app.log").Lines("before");
        tail.Run();
        tail.File("files/app.log").Lines("after");
        tail.Advance(90);

        Assert.Equal(["after"], tail.Stored().Logs);
        tail.AssertNothingLost();
        Assert.DoesNotContain(tail.Log.Lines, l => l.Message.Contains(Generation.AnySize.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private static TailOptions Compressed(bool startsAtEnd) => TailOptions.Files(f => f with { Path = f.Path + "*", StartAt = startsAtEnd ? StartAt.End : StartAt.Beginning });

    private static string Damaged(TailHarness tail, byte[] lines)
    {
        var bytes = GzipSamples.Compress(lines);
        bytes.AsSpan(bytes.Length / 2, 64).Fill(0xFF);
        return tail.File("files/app.log.1.gz").Append(bytes).FilePath;
    }

    /// <summary>The one line that begins so; and no line names a key or a link.</summary>
    private static string AssertTold(TailHarness tail, LogLevel level, string beginning)
    {
        Assert.DoesNotContain(tail.Log.Lines, l =>
            Array.Exists(s_keys, key => l.Message.Contains(key, StringComparison.Ordinal)) || l.Message.Contains(tail.Node.Containers, StringComparison.Ordinal));
        return Assert.Single(tail.Log.Lines, l => l.Level == level && l.Message.StartsWith(beginning, StringComparison.Ordinal)).Message;
    }
}
