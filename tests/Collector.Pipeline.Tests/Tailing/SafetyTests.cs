using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

public sealed class SafetyByOpenAt2Tests() : SafetyTests(new OpenAt2Opener());

public sealed class SafetyByWalkingTests() : SafetyTests(new WalkingOpener());

/// <summary>What a pod that can write beneath <c>/var/log</c> must not reach (I14), by each way to open files.</summary>
public abstract class SafetyTests
{
    private const string Secret = "2026-11-20T10:00:00Z stdout F secret";
    private readonly LinuxTree _tree;

    private protected SafetyTests(BeneathOpener opener) => _tree = new LinuxTree(opener);

    /// <summary>S-105; told with its path, and counted once.</summary>
    [Theory]
    [InlineData("/proc/self/environ")]
    [InlineData("/proc/self/fd/1")]
    [InlineData("TOKEN")]
    [InlineData("OTHERPOD")]
    [InlineData("DATADIR")]
    [InlineData("relative/../../token")]
    public void A_planted_link_in_the_containers_directory_is_never_followed(string target)
    {
        using var tail = Harness();
        var token = tail.File("token").Lines(Secret);
        var other = tail.Container("other", isLinked: false).Raw(Secret + "\n");
        Directory.CreateDirectory(Path.Join(tail.Node.Root, "data"));
        var data = tail.File("data/0.log").Lines(Secret);
        var path = target switch
        {
            "TOKEN" => token.FilePath,
            "OTHERPOD" => other.Live.FilePath,
            "DATADIR" => data.FilePath,
            _ => target,
        };
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, "cart_shop_app-0123456789ab.log"), path);
        tail.Advance(5);
        Assert.Empty(tail.Stored().All);
        Assert.Equal(1, tail.LostFiles(FilesLostReason.Unreadable));
        Assert.True(tail.Worker.HasUnreadable);
        Assert.Single(tail.Log.Warnings, w => w.Contains("containers/cart_shop_app-0123456789ab.log is not read: it is a link to", StringComparison.Ordinal));
    }

    /// <summary>S-105 within a pod's own directory.</summary>
    [Fact]
    public void A_planted_link_in_a_pods_directory_is_never_followed()
    {
        using var tail = Harness();
        var token = tail.File("token").Lines(Secret);
        var log = tail.Container().Write("a");
        File.CreateSymbolicLink(Path.Join(log.Directory, "1.log"), token.FilePath);
        File.CreateSymbolicLink(Path.Join(log.Directory, "0.log.20261120-100000"), "/proc/self/environ");
        var fake = Path.Join(tail.Node.Pods, "shop_fake_uid");
        Directory.CreateSymbolicLink(fake, Path.GetDirectoryName(log.Directory)!);
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, "fake_shop_app-0123456789ab.log"), $"{fake}/app/0.log");
        tail.Advance(5);
        Assert.Equal(["a"], tail.Stored().Logs);
    }

    /// <summary>S-105 for docker's own files.</summary>
    [Fact]
    public void A_log_that_is_a_link_may_lead_to_dockers_directory_only()
    {
        using var tail = Harness();
        tail.File("token").Lines(RuntimeFileTests.Docker("secret\\n"));
        var good = RuntimeFileTests.DockerContainer(tail, 0).Lines(RuntimeFileTests.Docker("good\\n"));
        var directory = Path.Join(tail.Node.Pods, "shop_evil_uid", "app");
        Directory.CreateDirectory(directory);
        File.CreateSymbolicLink(Path.Join(directory, "0.log"), Path.Join(tail.Node.Docker, "../token"));
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, "evil_shop_app-0123456789ab.log"), Path.Join(directory, "0.log"));
        Directory.CreateDirectory(Path.Join(tail.Node.Docker, "fff"));
        File.CreateSymbolicLink(Path.Join(tail.Node.Docker, "fff", "fff-json.log"), good.FilePath);
        Directory.CreateDirectory(Path.Join(tail.Node.Pods, "shop_worse_uid", "app"));
        File.CreateSymbolicLink(Path.Join(tail.Node.Pods, "shop_worse_uid", "app", "0.log"), Path.Join(tail.Node.Docker, "fff", "fff-json.log"));
        File.CreateSymbolicLink(Path.Join(tail.Node.Containers, "worse_shop_app-fff.log"), Path.Join(tail.Node.Pods, "shop_worse_uid", "app", "0.log"));
        tail.Advance(5);
        Assert.Equal(["good"], tail.Stored().Logs);
    }

    /// <summary>S-105: nor by its real name.</summary>
    [Theory]
    [InlineData("**/*.log")]
    [InlineData("data/outputs/*.log")]
    [InlineData("data/*.log")]
    public void Nothing_in_the_data_dir_is_read_by_any_pattern(string pattern)
    {
        using var tail = Harness(new TailOptions
        {
            Tail = t => t with
            {
                DataDir = Path.Join(RootOf(t), "data"),
                Sources = [new FileSourceSettings { Name = "files", Path = Path.Join(RootOf(t), pattern), Identity = new RecordIdentity() }],
            },
        });
        Directory.CreateDirectory(Path.Join(tail.Node.Root, "data", "outputs"));
        tail.File("data/a.log").Lines("buffer");
        tail.File("data/outputs/a.log").Lines("buffer too");
        tail.File("files/a.log").Lines("a");
        tail.Advance(5);
        Assert.Equal(pattern.StartsWith("**", StringComparison.Ordinal) ? ["a"] : [], tail.Stored().Logs);
    }

    private static string RootOf(TailSettings tail) => Path.GetDirectoryName(tail.Sources.OfType<ContainerSourceSettings>().First().DockerRoot)!;

    /// <summary>S-106.</summary>
    [Theory]
    [InlineData("link")]
    [InlineData("directory")]
    [InlineData("fifo")]
    [InlineData("parent")]
    public void What_takes_the_place_of_a_file_between_scan_and_open_is_never_read(string what)
    {
        using var tail = Harness(new TailOptions { Tail = t => t with { MaxOpenFiles = 1 } });
        var token = tail.File("token").Lines(Secret);
        var log = tail.Container().Write("a");
        var holder = tail.Container("holder").Write("b");
        tail.Run();
        Assert.InRange(tail.Worker.Chains.Sum(c => c.OpenFiles), 0, 1);
        log.Live.Delete();
        switch (what)
        {
            case "link":
                File.CreateSymbolicLink(Path.Join(log.Directory, "0.log"), token.FilePath);
                break;
            case "directory":
                Directory.CreateDirectory(Path.Join(log.Directory, "0.log"));
                break;
            case "fifo":
                Special.MakeFifo(Path.Join(log.Directory, "0.log"));
                break;
            default:
                Directory.Delete(log.Directory);
                Directory.CreateDirectory(Path.Join(tail.Node.Root, "elsewhere"));
                tail.File("elsewhere/0.log").Lines(Secret);
                Directory.CreateSymbolicLink(log.Directory, Path.Join(tail.Node.Root, "elsewhere"));
                break;
        }

        tail.Advance(5);
        holder.Write("c");
        tail.Advance(2);
        Assert.Equal(["a", "b", "c"], tail.Stored().Logs.Order());
        tail.Advance(40);
        Assert.Contains(tail.Log.Warnings, warning => warning.StartsWith(log.Directory, StringComparison.Ordinal) && warning.Contains("is not read", StringComparison.Ordinal));
    }

    /// <summary>S-107.</summary>
    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b=c")]
    [InlineData("a\0b")]
    [InlineData("LONG")]
    public void A_hostile_label_stays_in_its_own_segment_of_the_key(string label)
    {
        label = label == "LONG" ? new string('x', 2000) : label;
        Assert.True(KeyTemplate.TryParse("""logs/{.kubernetes.labels.app||"none"}/{.kubernetes.pod_name||"none"}/""", out var prefix, out _));
        using var tail = Harness(new TailOptions
        {
            Output = (_, o) => o with { KeyPrefix = prefix },
            Identify = c => TailHarness.IdentityOf(c) with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = label } },
        });
        tail.Container().Write("a");
        tail.Run();
        var segments = Assert.Single(tail.Outputs[0].Bodies()).Prefix.Split('/');
        Assert.Equal(["logs", "cart", ""], [segments[0], segments[2], segments[3]]);
        Assert.Equal(4, segments.Length);
        Assert.InRange(segments[1].Length, 1, 200);
        Assert.DoesNotContain(segments[1], c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'));
    }

    private TailHarness Harness(TailOptions? options = null)
    {
        options ??= new TailOptions();
        return new TailHarness(options with { Tail = t => options.Tail(t) with { Tree = _tree } });
    }
}
