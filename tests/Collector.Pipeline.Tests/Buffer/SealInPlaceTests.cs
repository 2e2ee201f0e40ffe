using System.Security.Cryptography;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>Without compression a chunk is not copied: it gets a header behind its frames, and another name.</summary>
public sealed class SealInPlaceTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void The_chunk_itself_becomes_the_object()
    {
        var disk = new SimulatedDisk();
        using var output = new OneOutput(disk, _clock);
        output.Append(0, 1);
        output.Append(2);
        var chunk = Bytes(output, Assert.Single(Buffered(output)));
        var item = output.AppendSealed(3);

        Assert.Equal([item.FileName], Buffered(output));
        Assert.Equal(chunk, Bytes(output, item.FileName)[..chunk.Length]);
        var body = Lines(0, 1, 2, 3);
        var header = Header(output, item);
        Assert.True(header.IsInPlace);
        Assert.Equal(body, Body(output, item));
        Assert.Equal(SHA256.HashData(body), header.BodySha256);
        Assert.Equal(disk.Root.GetLength(item.FileName), header.FileLength);
    }

    [Fact]
    public void The_body_can_be_read_from_any_place_of_it()
    {
        using var output = new OneOutput(new SimulatedDisk(), _clock);
        for (var i = 0; i < 40; i += 4)
        {
            output.Append(Enumerable.Range(i, 1 + (i % 3)).ToArray());
        }

        var item = output.AppendSealed(50);
        var whole = Body(output, item);
        var header = Header(output, item);
        using var body = SealedBody.Open(output.Root.Open(item.FileName), header);
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var from = random.Next(whole.Length);
            var piece = new byte[random.Next(1, whole.Length - from + 1)];
            body.Position = from;
            body.ReadExactly(piece);
            Assert.Equal(whole[from..(from + piece.Length)], piece);
        }

        body.Position = whole.Length;
        Assert.Equal(0, body.Read(new byte[1]));
    }

    /// <summary>A failed fsync may have ended that process: what reads well may be in the page cache alone.</summary>
    [Fact]
    public void A_chunk_of_an_earlier_process_is_written_anew()
    {
        var disk = new SimulatedDisk();
        using (var output = new OneOutput(disk, _clock))
        {
            output.Append(0);
        }

        using var next = new OneOutput(disk, _clock);
        var item = next.AppendSealed(1);

        Assert.False(Header(next, item).IsInPlace);
        Assert.Equal(Lines(0, 1), Body(next, item));
    }

    [Fact]
    public void A_header_whose_fsync_failed_is_durable_after_the_next_try()
    {
        for (var operation = 1; operation <= 4; operation++)
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var disk = new SimulatedDisk(seed);
                BacklogItem item;
                using (var output = new OneOutput(disk, _clock))
                {
                    output.Append(0, 1);
                    output.Buffer.CloseAll();
                    item = output.Buffer.Backlog.NextToSeal()!;
                    disk.FailAt(disk.Operations + operation, DiskFault.Io);
                    Assert.Throws<StorageException>(() => output.Sealer.SealNext());
                    Assert.True(output.Sealer.SealNext());
                    Assert.Equal(ItemState.Sealed, item.State);
                }

                using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
                Assert.Equal([item.FileName], Buffered(next));
                Assert.Equal(Lines(0, 1), Body(next, item));
            }
        }
    }

    [Fact]
    public void Before_it_has_its_name_it_is_a_chunk_with_all_its_records()
    {
        for (var operation = 1; operation <= 4; operation++)
        {
            foreach (var fault in (DiskFault[])[DiskFault.CrashBefore, DiskFault.CrashInside, DiskFault.CrashAfter])
            {
                for (var seed = 0; seed < 10; seed++)
                {
                    var disk = new SimulatedDisk(seed);
                    using (var output = new OneOutput(disk, _clock))
                    {
                        output.Append(0, 1);
                        output.Buffer.CloseAll();
                        disk.FailAt(disk.Operations + operation, fault);
                        Assert.Throws<SimulatedCrashException>(() => output.Sealer.SealNext());
                    }

                    using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
                    Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
                    Assert.Equal(2, next.Figures.Recovered);
                    Assert.Single(Buffered(next));
                }
            }
        }
    }

    [Fact]
    public void The_hash_that_one_store_did_not_need_can_be_had_for_another()
    {
        using var output = new OneOutput(new SimulatedDisk(), _clock);
        output.Append(0, 1);
        output.Buffer.CloseAll();
        var item = output.Buffer.Backlog.NextToSeal()!;
        new Sealer(output.Buffer, output.Uncovered.Add, output.Log, hashes: false).SealNext();

        var header = Header(output, item);
        Assert.Null(header.BodySha256);
        using var file = output.Root.Open(item.FileName);
        Assert.Equal(SHA256.HashData(Lines(0, 1)), ObjectFile.Sha256(file, header));
    }

    private static List<string> Buffered(OneOutput output) =>
        [.. output.Root.ListFiles().Where(name => FileNames.TryParse(name, out _, out _))];

    private static byte[] Lines(params int[] records) => [.. records.SelectMany(OneOutput.Line)];

    private static byte[] Bytes(OneOutput output, string name)
    {
        using var file = output.Root.Open(name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    private static byte[] Body(OneOutput output, BacklogItem item)
    {
        using var file = output.Root.Open(item.FileName);
        var header = ObjectHeader.Read(file, item.FileName)!;
        Assert.True(ObjectFile.BodyChecks(file, item.FileName, header));
        using var stream = SealedBody.Open(file, header, leaveOpen: true);
        var body = new byte[header.BodyLength];
        stream.ReadExactly(body);
        return body;
    }

    private static ObjectHeader Header(OneOutput output, BacklogItem item)
    {
        using var file = output.Root.Open(item.FileName);
        return ObjectHeader.Read(file, item.FileName)!;
    }
}
