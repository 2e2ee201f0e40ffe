using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Which file is the one that was read before, by inode and by its first bytes.</summary>
public class SameFileTests
{
    /// <summary>S-5.</summary>
    [Fact]
    public void Two_containers_whose_logs_begin_with_the_same_bytes_are_both_read_in_full()
    {
        using var tail = new TailHarness();
        var (one, other) = (tail.Container("one"), tail.Container("other"));
        var head = one.Line("stdout", "F", new string('x', 2000));
        one.Raw(head).Write("mine");
        other.Raw(head);
        tail.Run();
        other.Write("its");
        tail.Run();
        Assert.Equal([new string('x', 2000), "mine"], tail.Stored().Of(one));
        Assert.Equal([new string('x', 2000), "its"], tail.Stored().Of(other));
    }

    /// <summary>S-6.</summary>
    [Fact]
    public void A_file_that_grows_byte_by_byte_over_restarts_stays_the_same_file()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        var bytes = log.Line("stdout", "F", "one").Concat(log.Line("stdout", "F", "two")).ToArray();
        foreach (var one in bytes)
        {
            log.Raw([one]);
            tail.Run();
            tail.Restart(End.Kill);
        }

        tail.Run();
        Assert.Equal(["one", "two"], tail.Stored().Of(log));
        Assert.Single(tail.Worker.Chains.Single().Generations);
    }

    /// <summary>S-8.</summary>
    [Fact]
    public void A_file_with_the_inode_of_a_deleted_one_is_read_from_its_beginning()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var (gone, inode) = WriteAndDelete(tail, "a.log", "gone with a long enough line");
        var file = ReuseInode(tail, inode, "b.log");
        file.Lines("another file");
        tail.Start();
        tail.Run();
        Assert.Equal([gone, "another file"], tail.Stored().Logs);
    }

    /// <summary>S-9.</summary>
    [Fact]
    public void A_file_with_the_inode_and_the_name_of_a_deleted_one_is_read_from_its_beginning()
    {
        using var tail = new TailHarness(TailOptions.Files());
        var (gone, inode) = WriteAndDelete(tail, "a.log", "a common head that is equal in both");
        var file = ReuseInode(tail, inode, "a.log");
        file.Lines(gone, "and more").Lines("of it");
        tail.Start();
        tail.Run();
        var stored = tail.Outputs[0];
        stored.Seal();
        Assert.Equal(["and more", "of it"], Tolerant(tail).TakeLast(2));
        Assert.Equal(4, Tolerant(tail).Count);
    }

    /// <summary>S-10: an inode's number counts on its own device alone, however alike the files are.</summary>
    [Fact]
    public void Files_with_one_inode_number_on_two_devices_are_two_files()
    {
        string[] disks = ["one", "two"];
        using var tail = new TailHarness(TailOptions.Files(f => f with { Path = f.Path.Replace("*.log", "*/*.log", StringComparison.Ordinal) }));
        var mounts = new List<SmallDisk>();
        try
        {
            foreach (var disk in disks)
            {
                var path = Directory.CreateDirectory(Path.Join(tail.Node.Files, disk)).FullName;
                var mount = SmallDisk.TryMount(path, "1m", readOnly: false, out var reason);
                Assert.SkipWhen(mount is null, reason ?? "");
                mounts.Add(mount!);
            }

            var files = Array.ConvertAll(disks, disk => tail.File($"files/{disk}/a.log").Lines("the head of both is the same"));
            Assert.Equal(Special.Inode(files[0].FilePath), Special.Inode(files[1].FilePath));
            tail.Run();
            Array.ForEach(files, file => file.Lines("and so is what comes next"));
            tail.Run();
            tail.Restart(End.Kill);
            files[0].Lines("of the first");
            files[1].Rename("a.log.1");
            tail.File("files/two/a.log").Lines("of the second");
            tail.Run();

            Assert.Equal(
                ["and so is what comes next", "and so is what comes next", "of the first", "of the second", "the head of both is the same", "the head of both is the same"],
                Tolerant(tail).Order(StringComparer.Ordinal));
            tail.AssertNothingLost();
        }
        finally
        {
            tail.Stop(End.Kill);
            mounts.ForEach(m => m.Dispose());
        }
    }

    /// <summary>S-7: a version that took fewer bytes for a fingerprint has left such ones; nothing is read again, and nothing skipped.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(256)]
    public void Positions_with_fingerprints_of_another_size_are_read_on(int size)
    {
        var fingerprints = new Dictionary<ulong, Fingerprint>();
        using var tail = new TailHarness(TailOptions.Files());
        var log = tail.Container().Write(Enumerable.Range(0, 30).Select(i => $"line {i} {new string('x', 100)}"));
        var file = tail.File("files/a.log").Lines(Enumerable.Range(0, 30).Select(i => $"{i} {new string('y', 100)}"));
        tail.Run();
        tail.Outputs[0].Upload();
        foreach (var path in (string[])[log.Live.FilePath, file.FilePath])
        {
            fingerprints[Special.Inode(path)] = Fingerprint.Of(File.ReadAllBytes(path).AsSpan(0, size));
        }

        tail.Stop(End.Kill);
        log.Write("last of a log").Rotate().Write("first of the next");
        file.Lines("last of a file").Rename("a.log.1");
        tail.File("files/a.log").Lines("first of the next file");
        tail.Options = tail.Options with { Recovered = Shorten };
        tail.Start();
        tail.Advance(3);
        Assert.Equal(64, tail.Stored().All.Count);
        Assert.Equal(["last of a log", "first of the next"], tail.Stored().Of(log).TakeLast(2));
        Assert.Equal(["last of a file", "first of the next file"], tail.Stored().Logs.Where(l => l.EndsWith("file", StringComparison.Ordinal)));
        tail.AssertNothingLost();

        CoverageMap Shorten(CoverageMap known)
        {
            var shorter = new CoverageMap();
            foreach (var entry in known.Entries)
            {
                Assert.True(entry.Identity.Fingerprint.Length > size);
                var told = shorter.GetOrAdd(entry.Identity with { Fingerprint = fingerprints[entry.Identity.Inode] });
                foreach (var interval in entry.Intervals.Items)
                {
                    told.Add(interval.From, interval.To, entry.Guard);
                }

                told.Add(entry.Digest);
                told.SeenSize = entry.SeenSize;
            }

            return shorter;
        }
    }

    /// <summary>
    /// R2: a log that is busy while copytruncate is at it. What came between the copy and the truncation was read from the
    /// original, so that the copy ends before the position.
    /// </summary>
    [Theory]
    [InlineData(End.Kill, false)]
    [InlineData(End.Clean, false)]
    [InlineData(End.Kill, true)]
    public void A_copy_without_the_last_lines_that_were_read_stays_known_over_restarts(End end, bool isSlow)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/a.log").Lines("one", "two");
        tail.Run();
        if (!isSlow)
        {
            file.Copy("a.log.1");
        }

        file.Lines("three, which the copy lacks");
        tail.Run();
        if (isSlow)
        {
            // It is there when nothing is read any more: what a look finds out of it is in no frame.
            tail.File("files/a.log.1").Lines("one", "two");
            tail.Run();
        }

        file.Truncate();
        file.Lines("four");
        tail.Run();
        for (var i = 0; i < 2; i++)
        {
            tail.Restart(end);
            tail.Run();
        }

        Assert.Equal(["one", "two", "three, which the copy lacks", "four"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    /// <summary>A file that grew between a look and a read has more bytes read than its fingerprint has; then other content is written into it.</summary>
    [Theory]
    [InlineData("the banner\nanother first line, and a second\n", false)]
    [InlineData("the banner\none\nand what was written since\n", true)]
    public void A_fingerprint_grows_over_what_was_read_alone(string content, bool isTheSame)
    {
        using var tail = new TailHarness(TailOptions.Files());
        var file = tail.File("files/a.log").Lines("the banner", "one");
        tail.Run();
        var generation = tail.Worker.Chains.Single().Generations.Single();
        generation.Identity = generation.Identity with { Fingerprint = Fingerprint.Of("the banner\n"u8) };

        File.WriteAllText(file.FilePath, content);
        GenerationWatch.UpdateFingerprint(generation);

        Assert.Equal(isTheSame ? content.Length : "the banner\n".Length, generation.Identity.Fingerprint.Length);
    }

    /// <summary>All texts, where a test stores an equal text twice on purpose.</summary>
    private static List<string> Tolerant(TailHarness tail) => tail.Outputs[0].Bodies().SelectMany(b => StoredRecords.ParseBody(b.Prefix, b.Body)).Select(r => r.Log).ToList();

    private static (string Line, ulong Inode) WriteAndDelete(TailHarness tail, string name, string line)
    {
        var file = tail.File($"files/{name}").Lines(line);
        tail.Run();
        tail.Stop(End.Kill);
        var inode = Special.Inode(file.FilePath);
        file.Delete();
        return (line, inode);
    }

    /// <summary>A new file that was given the inode; the file system gives a free one back soon, or the test cannot be made here.</summary>
    private static NodeFile ReuseInode(TailHarness tail, ulong inode, string name)
    {
        for (var i = 0; i < 2000; i++)
        {
            var candidate = tail.File($"files/try{i}.none").Append("");
            if (Special.Inode(candidate.FilePath) == inode)
            {
                return candidate.Rename(name);
            }
        }

        Assert.Skip("this file system does not give inodes again");
        return null!;
    }
}
