using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>Data dirs of other versions: 2 is taken over (Data/version2/README.md), all others are refused.</summary>
public sealed class Version2Tests
{
    private static readonly int[] Waiting = [4, 5, 6, 7, 9, 10, 11];
    private readonly ManualClock _clock = new();

    /// <summary>S-134, S-60: everything that waits is delivered once, what was delivered is not, nothing is read again.</summary>
    [Theory]
    [InlineData("gzip", Compression.Gzip)]
    [InlineData("none", Compression.None)]
    public void All_that_version_2_left_is_delivered_once_and_nothing_is_read_again(string name, Compression compression)
    {
        var disk = Copy(name);
        using var output = new OneOutput(disk, _clock, s => s with { Compression = compression });
        Assert.Equal(Enumerable.Range(0, 13), OneOutput.RecordsIn(output.Recovered.Coverage));
        Assert.True(output.Buffer.Positions.FirstStartDone);
        Assert.True(output.Buffer.Positions.IsStored(2));
        Assert.Equal((8, 1), (output.Figures.Recovered, output.Figures.BufferRecords[BufferState.Quarantined]));
        Assert.Equal(0, output.Buffer.OpenChunks);
        Assert.Equal(Waiting, Deliver(output));
        Assert.Equal(["000000000005.quarantined"], output.Root.ListFiles().Where(n => FileNames.TryParse(n, out _, out _)));
    }

    /// <summary>The process or the power fails at any operation of taking it over.</summary>
    [Theory]
    [InlineData("gzip", LossMode.ProcessCrash)]
    [InlineData("gzip", LossMode.PowerLoss)]
    [InlineData("none", LossMode.ProcessCrash)]
    [InlineData("none", LossMode.PowerLoss)]
    public void A_crash_while_it_is_taken_over_loses_and_doubles_nothing(string name, LossMode loss)
    {
        for (var operation = 1; operation < 40; operation++)
        {
            var disk = Copy(name);
            disk.FailAt(disk.Operations + operation, operation % 2 == 0 ? DiskFault.CrashInside : DiskFault.CrashAfter);
            var delivered = new List<int>();
            try
            {
                using var first = new OneOutput(disk, _clock);
                Deliver(first, delivered);
            }
            catch (SimulatedCrashException)
            {
                // What the next start makes of it is the test.
            }

            using var next = new OneOutput(disk.Restart(operation, loss), _clock);
            Assert.Equal(Enumerable.Range(0, 13), OneOutput.RecordsIn(next.Recovered.Coverage));
            Deliver(next, delivered);
            Assert.Equal(Waiting, delivered.Distinct().Order());
        }
    }

    /// <summary>Version 1 was never released; a later one may mean anything. Whatever file says so, nothing is touched.</summary>
    [Theory]
    [InlineData("CHNK", "000000000009.chunk", 1)]
    [InlineData("OBJT", "000000000009.object", 1)]
    [InlineData("OBJT", "000000000009.attempted", 1)]
    [InlineData("PHDR", "positions", 1)]
    [InlineData("PHDR", "positions.prev", 1)]
    [InlineData("CHNK", "000000000009.chunk", 4)]
    [InlineData("OBJT", "000000000009.quarantined", 4)]
    [InlineData("PHDR", "positions.new", 4)]
    public void A_version_that_is_not_read_is_refused_with_the_directory_and_the_way_out(string magic, string name, ushort version)
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            output.Append(0);
        }

        disk.Root.Delete(name);
        using (var file = disk.Root.Create(name))
        {
            using var bytes = new ByteBuffer();
            var start = Envelope.Begin(bytes, Envelope.Magic(System.Text.Encoding.ASCII.GetBytes(magic)));
            bytes.WriteUInt16(version);
            bytes.Append(new byte[200]);
            Envelope.End(bytes, start);
            file.Write(bytes.Written, 0);
        }

        var before = disk.Operations;
        var refused = Assert.Throws<FormatVersionException>(() => new OneOutput(disk, _clock));
        Assert.Equal(before, disk.Operations);
        Assert.StartsWith($"{disk.Root.Location}/{name} has format version {version}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("dataDir", refused.Message, StringComparison.Ordinal);
    }

    private static SimulatedDisk Copy(string name)
    {
        var disk = new SimulatedDisk();
        foreach (var path in Directory.GetFiles(Path.Join(AppContext.BaseDirectory, "Data", "version2", name)))
        {
            using var file = disk.Root.Create(Path.GetFileName(path));
            file.Write(File.ReadAllBytes(path), 0);
            file.Sync();
        }

        disk.Root.Sync();
        return disk;
    }

    private static List<int> Deliver(OneOutput output, List<int>? into = null)
    {
        var delivered = into ?? [];
        output.Buffer.CloseAll();
        while (output.Sealer.SealNext())
        {
        }

        while (output.Buffer.Backlog.TakeForUpload() is { } item)
        {
            using (var file = output.Root.Open(item.FileName))
            {
                var header = ObjectHeader.Read(file, item.FileName)!;
                Assert.True(ObjectFile.BodyChecks(file, item.FileName, header));
                delivered.AddRange(OneOutput.RecordsIn(header.Coverage));
                output.Buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage);
            }

            output.Root.Delete(item.FileName);
            output.Buffer.Backlog.Remove(item);
        }

        delivered.Sort();
        return delivered;
    }
}
