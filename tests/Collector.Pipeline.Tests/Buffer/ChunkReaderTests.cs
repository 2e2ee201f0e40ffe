using System.Text;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class ChunkReaderTests
{
    private const int Frames = 3;
    private readonly SimulatedDisk _disk = new();
    private readonly List<long> _ends = [];

    [Fact]
    public void A_chunk_is_read_as_it_was_written()
    {
        using var chunk = ChunkFile.Write(_disk.Root, Frames, _ends);
        using var reader = ChunkReader.Open(chunk, "c")!;
        using var body = new MemoryStream();
        while (reader.MoveNext(body))
        {
        }

        Assert.Equal("record 0\nrecord 1\nrecord 2\n", Encoding.UTF8.GetString(body.ToArray()));
        Assert.Equal((Frames, 27, _ends[^1]), (reader.Records, reader.Bytes, reader.End));
        Assert.Equal(("time 0", "time 2"), (reader.FirstTime, reader.LastTime));
        Assert.Equal([new Interval(0, 30)], reader.Coverage.Entries.Single().Intervals.Items.ToArray());
        Assert.Equal(ChunkFile.Header, reader.Header);
    }

    /// <summary>A part of S-63.</summary>
    [Fact]
    public void A_bit_that_is_flipped_anywhere_leaves_the_frames_in_front_of_it()
    {
        using var chunk = ChunkFile.Write(_disk.Root, Frames, _ends);
        Span<byte> one = stackalloc byte[1];
        for (long at = 0; at < _ends[^1]; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                chunk.Read(one, at);
                one[0] ^= (byte)(1 << bit);
                chunk.Write(one, at);
                AssertPrefix(chunk, at);
                one[0] ^= (byte)(1 << bit);
                chunk.Write(one, at);
            }
        }
    }

    /// <summary>A part of S-62.</summary>
    [Fact]
    public void A_chunk_that_is_cut_off_anywhere_leaves_its_whole_frames()
    {
        using var chunk = ChunkFile.Write(_disk.Root, Frames, _ends);
        for (var length = _ends[^1] - 1; length >= 0; length--)
        {
            chunk.Truncate(length);
            AssertPrefix(chunk, length);
        }
    }

    [Fact]
    public void A_frame_that_says_more_bytes_than_the_chunk_has_is_not_given_out()
    {
        using var chunk = ChunkFile.Write(_disk.Root, Frames, _ends);
        using var reader = ChunkReader.Open(chunk, "c")!;
        using var body = new MemoryStream();

        Assert.True(reader.MoveNext(body, mostBytes: 20));
        Assert.True(reader.MoveNext(body, mostBytes: 20));
        Assert.False(reader.MoveNext(body, mostBytes: 20));
        Assert.Equal(18, body.Length);
    }

    private void AssertPrefix(Pipeline.Storage.IStorageFile chunk, long damagedAt)
    {
        using var reader = ChunkReader.Open(chunk, "c");
        if (damagedAt < _ends[0])
        {
            Assert.Null(reader);
            return;
        }

        while (reader!.MoveNext())
        {
        }

        var whole = _ends.FindLastIndex(end => end <= damagedAt);
        Assert.Equal((whole, _ends[whole]), (reader.Records, reader.End));
        Assert.Equal(whole * 10, reader.Coverage.Entries.SingleOrDefault()?.Intervals.Total ?? 0);
        Assert.Equal(whole == 0 ? "" : $"time {whole - 1}", reader.LastTime);
    }
}

/// <summary>A chunk made by hand: a record of nine bytes and ten bytes of coverage in each frame.</summary>
internal static class ChunkFile
{
    public static readonly ChunkHeader Header = new(5, 7, 1000, "p/", "node", ObjectFormat.Json, Compression.Gzip, 3, 1 << 20);

    /// <summary><paramref name="ends"/> gets where the header and each frame ends.</summary>
    public static Pipeline.Storage.IStorageFile Write(Pipeline.Storage.IStorageDirectory directory, int frames, List<long> ends)
    {
        var file = directory.Create("c");
        using var header = new ByteBuffer();
        Header.Write(header, []);
        file.Write(header.Written, 0);
        ends.Add(header.Length);
        var told = new ToldGenerations();
        for (var i = 0; i < frames; i++)
        {
            using var batch = new Batch();
            batch.Bytes.Append(Encoding.UTF8.GetBytes($"record {i}\n"));
            batch.EndRecord(Encoding.UTF8.GetBytes($"time {i}"));
            batch.Cover(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), i * 10, (i + 1) * 10);
            file.Write(Frame.Finish(batch, batch.ToCoverage(), told), ends[^1]);
            ends.Add(ends[^1] + batch.Bytes.Length);
        }

        return file;
    }
}
