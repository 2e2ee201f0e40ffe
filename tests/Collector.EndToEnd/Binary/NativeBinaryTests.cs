using System.Globalization;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Binary;

/// <summary>What compiling ahead (Native AOT) and trimming must not take away, and what the binary needs of a machine.</summary>
public sealed class NativeBinaryTests(S3Server s3) : IClassFixture<S3Server>, IDisposable
{
    private static readonly string[] Allowed = ["libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64", "libssl", "libcrypto"];

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Nothing_but_libc_and_OpenSSL_is_loaded()
    {
        using Bucket bucket = s3.Open();
        string[] compressions = ["none", "gzip", "zstd", "snappy", "zlib"];
        stage.Outputs =
        [
            .. compressions.Select(c => new OutputYaml(Name: c, Path: Directory.CreateDirectory(stage.Sub(c)).FullName, More: $"compression: {c}")),
            bucket.Output(name: "s3"),
        ];
        new PodLog(stage.Tree).WriteMany(1000);
        using Agent agent = stage.Start();
        foreach (OutputYaml output in stage.Outputs) agent.AwaitMetric("collector_records_uploaded_total", v => v == 1000, ("output", output.Name));

        IEnumerable<string> loaded = File.ReadLines($"/proc/{agent.Id}/maps").Select(l => Path.GetFileName(l[(l.LastIndexOf(' ') + 1)..])).Where(f => f.Contains(".so", StringComparison.Ordinal));

        Assert.Superset(new HashSet<string>(["libc", "libcrypto"]), loaded.Select(Name).ToHashSet());
        Assert.Subset(Allowed.ToHashSet(), loaded.Select(Name).ToHashSet());
        agent.Stop();

        static string Name(string file) => file[..file.IndexOf(".so", StringComparison.Ordinal)];
    }

    /// <summary>Nothing is compiled while it runs, so no page can be written and run.</summary>
    [Fact]
    public void No_page_is_both_writable_and_executable()
    {
        using Agent agent = stage.Start();
        string[] maps = File.ReadAllLines($"/proc/{agent.Id}/maps");
        Assert.Contains(maps, m => m.Contains(" r-xp ", StringComparison.Ordinal));
        Assert.DoesNotContain(maps, m => m.Contains(" rwx", StringComparison.Ordinal));
        agent.Stop();
    }

    /// <summary>A start uses most of the program once; an agent that runs for months needs not have it in memory.</summary>
    [Fact]
    public void Pages_of_the_program_that_only_the_start_used_are_given_back()
    {
        using Agent agent = stage.Start();
        Retry.Until("less than a third of the program's code and constants is resident", () => Kilobytes("Rss:") * 3 < Kilobytes("Size:"), Agent.Patience);
        agent.Stop();

        long Kilobytes(string what)
        {
            long sum = 0;
            bool isProgram = false;
            foreach (string line in File.ReadLines($"/proc/{agent.Id}/smaps"))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (!words[0].EndsWith(':')) isProgram = words[^1] == CollectorBinary.Path && words[1][1] == '-';
                else if (isProgram && words[0] == what) sum += long.Parse(words[1], CultureInfo.InvariantCulture);
            }

            return sum;
        }
    }

    /// <summary>The runtime's own words, not the name of a resource in their place.</summary>
    [Fact]
    public void Messages_of_the_runtime_are_sentences()
    {
        stage.Kubernetes = $"kubeconfig: {stage.Sub("none")}";
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
        CommandRun run = CommandRun.Collector("validate", "--connect", "--config", stage.ConfigPath);
        Assert.Contains($"Could not find file '{stage.Sub("none")}'.", run.Output, StringComparison.Ordinal);
    }

    /// <summary>An exception that nobody expects names the methods that it came through: here that of a command whose output has no room.</summary>
    [Fact]
    public void Stack_traces_name_methods()
    {
        // Fewer descriptors than the runtime's console needs: nothing of the collector's can tell that by itself.
        CommandRun run = CommandRun.Of("prlimit", "--nofile=4", CollectorBinary.Path, "validate", "--config", "/nowhere");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("Too many open files", run.Errors, StringComparison.Ordinal);
        Assert.Matches(@"\n   at (Program|Collector)\.", run.Errors);
    }
}
