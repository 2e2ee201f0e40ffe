using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tests.Buffer;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Catalog;

/// <summary>What a line of the catalog says of the inside of its object: the streams of its records, and the members of its body.</summary>
public sealed class ToldMembersTests : IDisposable
{
    private const int Frames = 14;
    private const int FrameBytes = 400_000;
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();
    private OneOutput? _output;

    public void Dispose() => _output?.Dispose();

    /// <summary>An offset is worth something only if the body can be decoded from there, and begins with the record of that time.</summary>
    [Fact]
    public void Each_member_of_a_gzip_object_is_decoded_alone_and_begins_when_the_line_says()
    {
        var (header, body) = Seal(Compression.Gzip, hasCatalog: true, _ => LogStream.Stdout);
        var members = Line(header).GetProperty("members").EnumerateArray().Select(m => (Offset: m.GetProperty("offset").GetInt32(), Time: m.GetProperty("firsttime").GetString())).ToList();
        Assert.InRange(members.Count, 3, Frames);
        Assert.Equal(0, members[0].Offset);
        foreach (var (offset, time) in members)
        {
            using var text = new StreamReader(new GZipStream(new MemoryStream(body, offset, body.Length - offset), CompressionMode.Decompress));
            Assert.Equal(time, text.ReadLine());
        }
    }

    [Theory]
    [InlineData(Compression.Zstd, 3, Frames)]
    [InlineData(Compression.None, 1, 1)]
    [InlineData(Compression.Snappy, 1, 1)]
    public void Members_are_told_of_other_forms_as_far_as_they_have_them(Compression compression, int least, int most)
    {
        var (header, body) = Seal(compression, hasCatalog: true, _ => LogStream.Stdout);
        Assert.InRange(header.Members.Count, least, most);
        Assert.All(header.Members, m => Assert.True(compression != Compression.Zstd || BitConverter.ToUInt32(body, (int)m.Offset) == 0xFD2FB528));
        Assert.Equal((0, TimeOf(0)), (header.Members[0].Offset, header.Members[0].FirstTime));
    }

    [Theory]
    [InlineData("stdout", Compression.None)]
    [InlineData("stderr", Compression.Gzip)]
    [InlineData("stdout stderr", Compression.Zstd)]
    [InlineData("", Compression.None)]
    public void The_streams_of_all_frames_are_told(string streams, Compression compression)
    {
        var wanted = streams.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (header, _) = Seal(compression, hasCatalog: true, i => wanted.Length == 0 ? LogStream.None : wanted[i == Frames / 2 ? ^1 : 0] == "stdout" ? LogStream.Stdout : LogStream.Stderr);
        var told = Line(header).TryGetProperty("streams", out var array) ? array.EnumerateArray().Select(s => s.GetString()!) : [];
        Assert.Equal(wanted, told);
    }

    /// <summary>Streams are known after a restart from the frames alone.</summary>
    [Fact]
    public void What_a_process_before_has_written_is_told_too()
    {
        using (var before = Open(Compression.Gzip, hasCatalog: true))
        {
            Append(before, 0, LogStream.Stderr);
        }

        _output = Open(Compression.Gzip, hasCatalog: true);
        Append(_output, 1, LogStream.Stdout);
        Assert.Equal(LogStreams.Both, SealAll(_output).Header.Streams);
    }

    /// <summary>A header without a catalog has no room for it: a million of small objects would be larger by it.</summary>
    [Fact]
    public void Without_a_catalog_the_header_has_no_members()
    {
        var (header, _) = Seal(Compression.Gzip, hasCatalog: false, _ => LogStream.Stdout);
        Assert.Equal((0, 0), (header.MemberRoom, header.Members.Count));
    }

    private static string TimeOf(int frame) => $"2026-11-20T10:00:{frame:D2}.000000000Z";

    private static JsonElement Line(ObjectHeader header) => JsonDocument.Parse(CatalogLine.Of(1, header, null)).RootElement;

    private (ObjectHeader Header, byte[] Body) Seal(Compression compression, bool hasCatalog, Func<int, LogStream> streamOf)
    {
        _output = Open(compression, hasCatalog);
        for (var i = 0; i < Frames; i++)
        {
            Append(_output, i, streamOf(i));
        }

        return SealAll(_output);
    }

    private OneOutput Open(Compression compression, bool hasCatalog) =>
        new(_disk, _clock, s => s with { Compression = compression, Catalog = new() { Enabled = hasCatalog, Prefix = "_catalog/" } });

    /// <summary>As it is read back from the disk.</summary>
    private static (ObjectHeader Header, byte[] Body) SealAll(OneOutput output)
    {
        output.Buffer.CloseAll();
        var item = output.Buffer.Backlog.NextToSeal()!;
        Assert.True(output.Sealer.SealNext());
        using var file = output.Root.Open(item.FileName);
        var header = ObjectHeader.Read(file, item.FileName)!;
        using var stream = SealedBody.Open(file, header, leaveOpen: true);
        var body = new byte[header.BodyLength];
        stream.ReadExactly(body);
        return (header, body);
    }

    /// <summary>A frame of one time and stream, whose lines begin with that time and are hard to compress.</summary>
    private static void Append(OneOutput output, int frame, LogStream stream)
    {
        using var batch = new Batch();
        var random = new Random(frame);
        var covered = frame * 1_000_000L;
        batch.Bytes.Append(Encoding.ASCII.GetBytes(TimeOf(frame) + "\n"));
        batch.EndRecord(Encoding.ASCII.GetBytes(TimeOf(frame)), stream);
        while (batch.BodyLength < FrameBytes)
        {
            batch.Bytes.Append(Encoding.ASCII.GetBytes($"{random.NextInt64():x16}{random.NextInt64():x16}\n"));
            batch.EndRecord(Encoding.ASCII.GetBytes(TimeOf(frame)), stream);
        }

        batch.Cover(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), covered, covered + 1_000_000);
        var partition = output.Buffer.GetPartition("p/");
        partition.Batch = batch;
        Assert.Equal(CommitResult.Committed, output.Buffer.Commit(partition, batch.ToCoverage(), out _));
        partition.Batch = null;
    }
}
