using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Binary;

/// <summary>
/// The binary for arm64 beside this machine's, under qemu, which knows no <c>openat2</c>: files are opened by the walk that older kernels get.
/// </summary>
public sealed class Arm64Tests : IDisposable
{
    private static readonly string[] Compressions = ["none", "gzip", "zstd", "snappy", "zlib"];

    private readonly Stage stage = StageFor(CollectorBinary.Path, []);
    private readonly Stage arm64 = StageFor(CollectorBinary.Arm64, CollectorBinary.Arm64Launcher);

    public void Dispose()
    {
        stage.Dispose();
        arm64.Dispose();
    }

    [Fact]
    public void It_is_the_same_version()
    {
        CommandRun here = CommandRun.Collector("version"), there = OnArm64("version");
        Assert.Equal((0, ""), (there.ExitCode, there.Errors));
        Assert.Equal(here.Output.Replace("linux-x64", "linux-arm64", StringComparison.Ordinal), there.Output);
    }

    [Fact]
    public void It_validates()
    {
        File.WriteAllText(arm64.ConfigPath, arm64.Configuration());
        CommandRun right = OnArm64("validate", "--connect", "--config", arm64.ConfigPath);
        Assert.True(right.ExitCode == 0, right.Output + right.Errors);

        File.WriteAllText(arm64.ConfigPath, arm64.Configuration().Replace("node: ", "nodes: ", StringComparison.Ordinal));
        CommandRun wrong = OnArm64("validate", "--config", arm64.ConfigPath);
        Assert.Equal(1, wrong.ExitCode);
        Assert.StartsWith("nodes (line 1): ", wrong.Output, StringComparison.Ordinal);
    }

    /// <summary>The logs of a real node, in every compression: each object's body is what this machine's binary makes of them.</summary>
    [Fact]
    public void It_stores_the_same_bytes()
    {
        Assert.Equal(0, stage.RunOnce());
        int code = arm64.RunOnce(out Agent ended);
        Assert.True(code == 0, ended.Errors);

        foreach (string compression in Compressions)
        {
            List<(string Key, byte[] Body)> here = Stored(stage, compression), there = Stored(arm64, compression);
            Assert.NotEmpty(here);
            Assert.Equal(here.Select(o => o.Key), there.Select(o => o.Key));
            Assert.All(here.Zip(there), pair => Assert.True(pair.First.Body.AsSpan().SequenceEqual(pair.Second.Body), $"{compression}: {pair.First.Key} has another body"));
        }
    }

    private static Stage StageFor(string binary, IReadOnlyList<string> launcher)
    {
        var made = new Stage { Binary = binary, Launcher = launcher };
        RealNode.Unpack(made);
        // Nothing is sealed for its age, however long it takes.
        made.Outputs = [.. Compressions.Select(c => new OutputYaml(c, Directory.CreateDirectory(made.Sub(c)).FullName, "maxAge: 1h", $"compression: {c}"))];
        return made;
    }

    private static CommandRun OnArm64(params string[] arguments) =>
        CommandRun.Of(CollectorBinary.Arm64Launcher[0], [.. CollectorBinary.Arm64Launcher.Skip(1), CollectorBinary.Arm64, .. arguments]);

    /// <summary>In key order; of a key's last part, which has the time and random bits, only the extensions.</summary>
    private static List<(string Key, byte[] Body)> Stored(Stage of, string compression) =>
    [
        .. StoredRecords.Keys(of.Sub(compression)).Select(key =>
        {
            string name = Path.GetFileName(key);
            return (key[..^name.Length] + name[name.IndexOf('.', StringComparison.Ordinal)..], File.ReadAllBytes(Path.Combine(of.Sub(compression), key)));
        }),
    ];
}
