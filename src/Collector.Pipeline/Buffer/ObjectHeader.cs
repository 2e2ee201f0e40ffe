using Collector.Pipeline.Catalog;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>The header of a sealed object: all that an attempt and a fold need. See FORMAT.md.</summary>
internal sealed record ObjectHeader
{
    public static readonly uint Magic = Envelope.Magic("OBJT"u8);
    private static readonly uint EndMagic = Envelope.Magic("OEND"u8);
    private const int EndLength = Envelope.HeaderLength + sizeof(long);
    private const byte MadeInReserve = 1;
    private const byte SealedInPlace = 2;
    private const byte Hashed = 4;
    private const byte MembersTold = 8;
    private const int Sha256Length = 32;

    public required long Seq { get; init; }

    public required uint Instance { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long OpenedAt { get; init; }

    public required string Key { get; init; }

    public required string Prefix { get; init; }

    public required string ContentType { get; init; }

    public required string Node { get; init; }

    public required long Records { get; init; }

    /// <summary>The records in the books; the lines of a catalog object were never read.</summary>
    public long BufferedRecords => Span is null ? Records : 0;

    /// <summary>Bytes of the records before compression.</summary>
    public required long Bytes { get; init; }

    public required string FirstTime { get; init; }

    public required string LastTime { get; init; }

    /// <summary>Where the body begins in the file; in place, its first frame.</summary>
    public required long BodyOffset { get; init; }

    public required long BodyLength { get; init; }

    /// <summary>
    /// CRC32C of the stored bytes. An object that was sealed in place has the frames' own checksums, and may have 0 here: unknown.
    /// </summary>
    public required uint BodyCrc { get; init; }

    /// <summary>Null when its store has no use for it.</summary>
    public required byte[]? BodySha256 { get; init; }

    /// <summary>The file is the chunk: the body is the records of its frames, and this header is at its end.</summary>
    public bool IsInPlace { get; init; }

    /// <summary>Bytes of the file, as far as it is in use.</summary>
    public long FileLength { get; init; }

    /// <summary>The file is the reserve under another name, and becomes it again.</summary>
    public required bool FromReserve { get; init; }

    /// <summary>
    /// The seq of the original, if this object is a copy under a new key; 0: none. The original is deleted first.
    /// </summary>
    public long Replaces { get; init; }

    public required CoverageMap Coverage { get; init; }

    /// <summary>The first record's <c>kubernetes</c>, as JSON; empty: it has none, or there is no catalog.</summary>
    public string Kubernetes { get; init; } = "";

    /// <summary>The streams of its records; none: a file's lines, or unknown.</summary>
    public LogStreams Streams { get; init; }

    /// <summary>The parts of the body that can be decoded alone; empty: there is no catalog.</summary>
    public IReadOnlyList<BodyMember> Members { get; init; } = [];

    /// <summary>How many members the header has room for: their number is known only after the body.</summary>
    public int MemberRoom { get; init; }

    /// <summary>It is a catalog object with these lines; null: it has records.</summary>
    public CatalogSpan? Span { get; init; }

    /// <summary>The header of a chunk's object, without the fields that are known only after the body.</summary>
    public static ObjectHeader Of(OpenChunk chunk) => new()
    {
        Seq = chunk.Header.Seq,
        Instance = chunk.Header.Instance,
        OpenedAt = chunk.Header.OpenedAt,
        Key = chunk.Header.Key,
        Prefix = chunk.Header.Prefix,
        ContentType = chunk.Header.ContentType,
        Node = chunk.Header.Node,
        Records = chunk.Records,
        Bytes = chunk.Bytes,
        FirstTime = chunk.FirstTime,
        LastTime = chunk.LastTime,
        BodyOffset = 0,
        BodyLength = 0,
        BodyCrc = 0,
        BodySha256 = null,
        FromReserve = false,
        Coverage = chunk.Coverage,
    };

    /// <summary>The object's user metadata (contract §4).</summary>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["records"] = Records.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["firsttime"] = FirstTime,
        ["lasttime"] = LastTime,
        ["node"] = Node,
        ["bytes"] = Bytes.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["sha256"] = BodySha256 is null ? "" : Convert.ToHexStringLower(BodySha256),
    };

    /// <summary>Writes the header; its length depends on nothing that is known only after the body.</summary>
    public void Write(ByteBuffer to)
    {
        var start = Envelope.Begin(to, Magic);
        to.WriteUInt16(Envelope.Version);
        to.WriteInt64(Seq);
        to.WriteUInt32(Instance);
        to.WriteInt64(OpenedAt);
        to.WriteString(Key);
        to.WriteString(Prefix);
        to.WriteString(ContentType);
        to.WriteString(Node);
        to.WriteInt64(Records);
        to.WriteInt64(Bytes);
        to.WriteString(FirstTime);
        to.WriteString(LastTime);
        to.WriteInt64(BodyOffset);
        to.WriteInt64(BodyLength);
        to.WriteUInt32(BodyCrc);
        to.Append(BodySha256 ?? new byte[Sha256Length]);
        to.Append((byte)((FromReserve ? MadeInReserve : 0) | (IsInPlace ? SealedInPlace : 0) | (BodySha256 is null ? 0 : Hashed) | (MemberRoom > 0 ? MembersTold : 0)));
        to.WriteInt64(Replaces);
        CoverageCodec.Write(to, Coverage);
        to.WriteString(Kubernetes);
        WriteMembers(to);
        if (Span is { } span)
        {
            PositionRecords.WriteSpan(to, span);
        }

        Envelope.End(to, start);
    }

    /// <summary>Writes the header at the end of a chunk: with an envelope that says where it begins.</summary>
    public void WriteBehind(ByteBuffer to, long at)
    {
        Write(to);
        var end = Envelope.Begin(to, EndMagic);
        to.WriteInt64(at);
        Envelope.End(to, end);
    }

    /// <summary>Reads the header of an object; null when it fails its check.</summary>
    public static ObjectHeader? Read(IStorageFile file, string name)
    {
        using var payload = new ByteBuffer();
        if (Find(file, payload) is not { } at || Envelope.Read(file, at, Magic, payload) != EnvelopeStatus.Whole || Parse(payload, name) is not { } header)
        {
            return null;
        }

        var length = file.Length;
        header = header with { FileLength = header.IsInPlace ? length : header.BodyOffset + header.BodyLength };
        return header.IsInPlace == at > 0 && header.BodyOffset + header.BodyLength <= length ? header : null;
    }

    /// <summary>
    /// Where it begins: at the start, or in a file that begins as a chunk where its end says; null when that fails its check.
    /// </summary>
    private static long? Find(IStorageFile file, ByteBuffer payload)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        if (file.Read(magic, 0) < magic.Length || Envelope.Magic(magic) != ChunkHeader.Magic)
        {
            return 0;
        }

        var end = file.Length - EndLength;
        return end > 0 && Envelope.Read(file, end, EndMagic, payload) == EnvelopeStatus.Whole
            && new SpanReader(payload.Written).ReadInt64() is var at && at > 0 && at < end ? at : null;
    }

    private void WriteMembers(ByteBuffer to)
    {
        if (MemberRoom == 0)
        {
            return;
        }

        to.Append((byte)Streams);
        to.WriteUInt16((ushort)MemberRoom);
        to.WriteUInt16((ushort)Members.Count);
        for (var i = 0; i < MemberRoom; i++)
        {
            to.WriteInt64(i < Members.Count ? Members[i].Offset : 0);
            to.WriteInt64(i < Members.Count && RecordTime.TryParse(System.Text.Encoding.ASCII.GetBytes(Members[i].FirstTime), out var time) ? time.UnixNanoseconds : 0);
        }
    }

    private static string Text(RecordTime time)
    {
        Span<byte> text = stackalloc byte[RecordTime.FormattedLength];
        return System.Text.Encoding.ASCII.GetString(text[..time.Format(text)]);
    }

    private static ObjectHeader ReadMembers(ref SpanReader reader, ObjectHeader header)
    {
        var streams = (LogStreams)reader.ReadByte() & LogStreams.Both;
        var (room, count) = (reader.ReadUInt16(), reader.ReadUInt16());
        List<BodyMember> members = [];
        for (var i = 0; i < room && !reader.Failed; i++)
        {
            var (offset, time) = (reader.ReadInt64(), reader.ReadInt64());
            if (i < count)
            {
                members.Add(new BodyMember(offset, time == 0 ? "" : Text(new RecordTime(time))));
            }
        }

        return header with { Streams = streams, MemberRoom = room, Members = members };
    }

    private static ObjectHeader? Parse(ByteBuffer payload, string name)
    {
        var reader = new SpanReader(payload.Written);
        var version = reader.ReadUInt16();
        if (reader.Failed)
        {
            return null;
        }

        FormatVersionException.ThrowIfUnknown(version, name);
        var coverage = new CoverageMap();
        var header = new ObjectHeader
        {
            Seq = reader.ReadInt64(),
            Instance = reader.ReadUInt32(),
            OpenedAt = reader.ReadInt64(),
            Key = reader.ReadString(),
            Prefix = reader.ReadString(),
            ContentType = reader.ReadString(),
            Node = reader.ReadString(),
            Records = reader.ReadInt64(),
            Bytes = reader.ReadInt64(),
            FirstTime = reader.ReadString(),
            LastTime = reader.ReadString(),
            BodyOffset = reader.ReadInt64(),
            BodyLength = reader.ReadInt64(),
            BodyCrc = reader.ReadUInt32(),
            BodySha256 = reader.ReadBytes(Sha256Length).ToArray(),
            FromReserve = false,
            Coverage = coverage,
        };
        var flags = reader.ReadByte();
        header = header with
        {
            BodySha256 = (flags & Hashed) != 0 ? header.BodySha256 : null,
            FromReserve = (flags & MadeInReserve) != 0,
            IsInPlace = (flags & SealedInPlace) != 0,
            Replaces = reader.ReadInt64(),
        };
        if (!CoverageCodec.TryRead(ref reader, coverage, []))
        {
            return null;
        }

        // Version 3 ended here, before there was a catalog.
        header = reader.AtEnd ? header : header with { Kubernetes = reader.ReadString() };
        header = (flags & MembersTold) != 0 ? ReadMembers(ref reader, header) : header;
        header = reader.AtEnd ? header : header with { Span = PositionRecords.ReadSpan(ref reader) };
        return reader.Failed ? null : header;
    }
}
