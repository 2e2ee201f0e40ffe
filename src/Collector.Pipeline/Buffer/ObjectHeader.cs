using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Buffer;

/// <summary>The header of a sealed object: all that an attempt and a fold need. See FORMAT.md.</summary>
internal sealed record ObjectHeader
{
    public static readonly uint Magic = Envelope.Magic("OBJT"u8);
    private const byte MadeInReserve = 1;
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

    /// <summary>Bytes of the records before compression.</summary>
    public required long Bytes { get; init; }

    public required string FirstTime { get; init; }

    public required string LastTime { get; init; }

    /// <summary>Where the body begins in the file.</summary>
    public required long BodyOffset { get; init; }

    public required long BodyLength { get; init; }

    public required uint BodyCrc { get; init; }

    public required byte[] BodySha256 { get; init; }

    /// <summary>The file is the reserve under another name, and becomes it again.</summary>
    public required bool FromReserve { get; init; }

    /// <summary>The seq of the object that this one is a copy of under a new key; 0: none. That one is deleted first.</summary>
    public long Replaces { get; init; }

    public required CoverageMap Coverage { get; init; }

    /// <summary>The object's user metadata (contract §4).</summary>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["records"] = Records.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["firsttime"] = FirstTime,
        ["lasttime"] = LastTime,
        ["node"] = Node,
        ["bytes"] = Bytes.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["sha256"] = Convert.ToHexStringLower(BodySha256),
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
        to.Append(BodySha256);
        to.Append(FromReserve ? MadeInReserve : (byte)0);
        to.WriteInt64(Replaces);
        CoverageCodec.Write(to, Coverage);
        Envelope.End(to, start);
    }

    /// <summary>Reads the header of an object; null when it does not check.</summary>
    public static ObjectHeader? Read(IStorageFile file, string name)
    {
        using var payload = new ByteBuffer();
        if (Envelope.Read(file, 0, Magic, payload) != EnvelopeStatus.Whole)
        {
            return null;
        }

        var reader = new SpanReader(payload.Written);
        FormatVersionException.ThrowIfNewer(reader.ReadUInt16(), name);
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
            BodySha256 = reader.Take(Sha256Length).ToArray(),
            FromReserve = (reader.ReadByte() & MadeInReserve) != 0,
            Replaces = reader.ReadInt64(),
            Coverage = coverage,
        };
        return CoverageCodec.TryRead(ref reader, coverage, []) && !reader.Failed && header.BodyOffset + header.BodyLength <= file.Length ? header : null;
    }
}
