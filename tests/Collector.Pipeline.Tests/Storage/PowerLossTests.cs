using System.Text;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

/// <summary>
/// What the twin leaves after the power failed: never less than what was synced, and over the seeds every state that a
/// recovery has to expect. S-121 is only as good as this.
/// </summary>
public sealed class PowerLossTests
{
    private const int Seeds = 400;
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public void What_was_synced_always_survives_whatever_follows_it()
    {
        using var file = CreateDurable("a");
        var synced = Bytes(1, 3000);
        file.Write(synced, 0);
        file.Sync();
        file.Write(Bytes(2, 5000), 3000);
        file.Write(Bytes(3, 100), 8000);

        ForEachSeed(root => Assert.Equal(synced, Read(root, "a").AsSpan(0, 3000).ToArray()));
    }

    [Fact]
    public void Unsynced_data_is_lost_kept_torn_or_zeros()
    {
        using var file = CreateDurable("a");
        var data = Bytes(2, 5000);
        file.Write(data, 0);

        var seen = SeenStates(root => Classify(Read(root, "a"), data));

        Assert.Equal(["kept", "lost", "prefix", "torn", "zeros"], seen);
    }

    [Fact]
    public void Unsynced_changes_of_synced_bytes_leave_old_and_new_side_by_side()
    {
        using var file = CreateDurable("a");
        file.Write(Encoding.ASCII.GetBytes(new string('o', 2048)), 0);
        file.Sync();
        file.Write(Encoding.ASCII.GetBytes(new string('n', 1024)), 512);

        var seen = SeenStates(root =>
        {
            var text = Encoding.ASCII.GetString(Read(root, "a"));
            Assert.Equal(new string('o', 512), text[..512]);
            Assert.Equal(new string('o', 512), text[1536..]);
            var changed = text[512..1536];
            Assert.True(changed.All(c => c is 'o' or 'n'));
            return changed.Contains('o', StringComparison.Ordinal) ? changed.Contains('n', StringComparison.Ordinal) ? "both" : "old" : "new";
        });

        Assert.Equal(["both", "new", "old"], seen);
    }

    [Fact]
    public void An_unsynced_truncation_happened_or_not()
    {
        using var file = CreateDurable("a");
        file.Write(new byte[1000], 0);
        file.Sync();
        file.Truncate(10);

        var lengths = SeenStates(root => root.GetLength("a") switch { 10 => "cut", 1000 => "whole", _ => "between" });

        Assert.Equal(["between", "cut", "whole"], lengths);
    }

    [Fact]
    public void A_synced_truncation_stays()
    {
        using var file = CreateDurable("a");
        file.Write(new byte[1000], 0);
        file.Truncate(10);
        file.Sync();

        ForEachSeed(root => Assert.Equal(10, root.GetLength("a")));
    }

    [Fact]
    public void A_synced_file_may_be_missing_until_its_directory_is_synced()
    {
        using var file = _disk.Root.Create("a");
        file.Write("x"u8, 0);
        file.Sync();

        Assert.Equal(["", "a"], SeenNames());
    }

    [Fact]
    public void A_synced_directory_does_not_make_data_durable()
    {
        using var file = _disk.Root.Create("a");
        file.Write("x"u8, 0);
        _disk.Root.Sync();

        Assert.Equal(["0", "1"], SeenStates(root => root.GetLength("a").ToString()));
    }

    [Fact]
    public void An_unsynced_rename_shows_the_one_file_or_the_other_but_never_none()
    {
        WriteDurable("final", "old");
        WriteDurable("temp", "new");
        _disk.Root.Rename("temp", "final");

        Assert.Equal(["final=new", "final=old temp=new"], SeenStates(Describe));
    }

    [Fact]
    public void A_rename_of_an_unsynced_file_may_leave_it_empty_under_the_new_name()
    {
        WriteDurable("final", "old");
        using var file = _disk.Root.Create("temp");
        file.Write("new"u8, 0);
        _disk.Root.Rename("temp", "final");
        _disk.Root.Sync();

        var seen = SeenStates(Describe);

        Assert.Contains("final=", seen);
        Assert.Contains("final=new", seen);
        Assert.DoesNotContain("final=old", seen);
    }

    [Fact]
    public void Unsynced_names_survive_in_any_subset()
    {
        foreach (var name in new[] { "a", "b", "c" })
            _disk.Root.Create(name).Dispose();

        Assert.Equal(["", "a", "a b", "a b c", "a c", "b", "b c", "c"], SeenNames());
    }

    [Fact]
    public void A_deleted_file_may_come_back_with_its_data()
    {
        WriteDurable("a", "text");
        _disk.Root.Delete("a");

        Assert.Equal(["", "a=text"], SeenStates(Describe));
    }

    [Fact]
    public void Synced_names_stay_as_they_were()
    {
        WriteDurable("a", "1");
        _disk.Root.Rename("a", "b");
        _disk.Root.OpenDirectory("d");
        _disk.Root.Sync();

        ForEachSeed(root =>
        {
            Assert.Equal("b=1", Describe(root));
            Assert.Equal(["d"], root.ListDirectories());
        });
    }

    [Fact]
    public void After_a_failed_sync_a_later_one_does_not_make_the_data_durable()
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (var seed = 0; seed < 50; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using var file = disk.Root.Create("a");
            disk.Root.Sync();
            file.Write("data"u8, 0);
            disk.FailAt(disk.Operations + 1, DiskFault.Io);

            Assert.Throws<StorageException>(file.Sync);
            file.Sync();

            Assert.Equal("a=data", Describe(disk.Root));
            seen.Add(Describe(disk.Restart(seed, LossMode.PowerLoss).Root));
        }

        Assert.Contains("a=", seen);
        Assert.Contains("a=data", seen);
    }

    [Fact]
    public void What_survives_a_process_crash_is_still_unsynced()
    {
        using var file = _disk.Root.Create("a");
        file.Write("text"u8, 0);

        var next = _disk.Restart(0, LossMode.ProcessCrash);
        Assert.Equal("a=text", Describe(next.Root));

        var states = Enumerable.Range(0, Seeds).Select(seed => Describe(next.Restart(seed, LossMode.PowerLoss).Root)).Distinct().ToList();
        Assert.Contains("", states);
        Assert.Contains("a=text", states);
    }

    [Fact]
    public void The_same_seed_leaves_the_same_disk()
    {
        using var file = CreateDurable("a");
        file.Write(Bytes(5, 20_000), 0);

        for (var seed = 0; seed < 20; seed++)
        {
            Assert.Equal(
                Read(_disk.Restart(seed, LossMode.PowerLoss).Root, "a"),
                Read(_disk.Restart(seed, LossMode.PowerLoss).Root, "a"));
        }
    }

    private static string Classify(byte[] left, byte[] written)
    {
        if (left.Length == 0)
            return "lost";

        if (left.AsSpan().SequenceEqual(written))
            return "kept";

        if (!left.AsSpan().ContainsAnyExcept((byte)0))
            return "zeros";

        return written.AsSpan().StartsWith(left) ? "prefix" : "torn";
    }

    /// <summary>Never zero, so that zeros are recognised.</summary>
    private static byte[] Bytes(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(1, 256))];
    }

    private static byte[] Read(IStorageDirectory root, string name)
    {
        using var file = root.Open(name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    private static string Describe(IStorageDirectory root) =>
        string.Join(' ', root.ListFiles().Order(StringComparer.Ordinal).Select(name => $"{name}={Encoding.ASCII.GetString(Read(root, name))}"));

    private IStorageFile CreateDurable(string name)
    {
        var file = _disk.Root.Create(name);
        _disk.Root.Sync();
        return file;
    }

    private void WriteDurable(string name, string text)
    {
        using var file = CreateDurable(name);
        file.Write(Encoding.ASCII.GetBytes(text), 0);
        file.Sync();
    }

    private IEnumerable<string> SeenNames() =>
        SeenStates(root => string.Join(' ', root.ListFiles().Order(StringComparer.Ordinal)));

    private List<string> SeenStates(Func<IStorageDirectory, string> describe)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        ForEachSeed(root => seen.Add(describe(root)));
        return [.. seen];
    }

    private void ForEachSeed(Action<IStorageDirectory> check)
    {
        for (var seed = 0; seed < Seeds; seed++)
            check(_disk.Restart(seed, LossMode.PowerLoss).Root);
    }
}
