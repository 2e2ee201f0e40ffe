using System.Globalization;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// The beginning of a chunk: all that its object will need, as it was configured when the chunk was opened.
/// <see cref="OpenedAt"/> is Unix milliseconds; <see cref="MaxSize"/> bounds the records in bytes.
/// </summary>
internal sealed record ChunkHeader(
    long Seq, uint Instance, long OpenedAt, string Prefix, string Node, ObjectFormat Format, Compression Compression, byte Level, long MaxSize)
{
    public static readonly uint Magic = Envelope.Magic("CHNK"u8);

    /// <summary>The format's version when it was opened.</summary>
    public ushort Version { get; private init; } = Envelope.Version;

    /// <summary>As read from a file, whose the first record is; empty: not said.</summary>
    public string Kubernetes { get; private init; } = "";

    /// <summary>Fixed width, increasing, and unique to this node and data dir: the seq, then the instance.</summary>
    public static string FormatId(long seq, uint instance) => string.Create(CultureInfo.InvariantCulture, $"{seq:x12}{instance:x8}");

    /// <summary>The object's key: of (output, partition, opened-at, node, chunk id), never of the attempt (I3).</summary>
    public string Key => ObjectKey.Format(Prefix, OpenedAt, Node, FormatId(Seq, Instance), Format, Compression);

    /// <summary>The object's media type (contract §4).</summary>
    public string ContentType => Compression != Compression.None ? BodyCompressor.MediaType(Compression)!
        : Format == ObjectFormat.Json ? "application/x-ndjson"
        : "text/plain";

    /// <summary>
    /// Whether this version may append records, under a configuration that would open chunks like <paramref name="other"/>.
    /// </summary>
    public bool IsConfiguredLike(ChunkHeader other) =>
        this with { Seq = other.Seq, Instance = other.Instance, OpenedAt = other.OpenedAt, Prefix = other.Prefix, Kubernetes = other.Kubernetes } == other;

    /// <param name="to">Receives it.</param>
    /// <param name="kubernetes">Whose the first record is, if the records do not say it: JSON in UTF-8, for the catalog.</param>
    public void Write(ByteBuffer to, ReadOnlySpan<byte> kubernetes)
    {
        var start = Envelope.Begin(to, Magic);
        to.WriteUInt16(Envelope.Version);
        to.WriteInt64(Seq);
        to.WriteUInt32(Instance);
        to.WriteInt64(OpenedAt);
        to.WriteString(Prefix);
        to.WriteString(Node);
        to.Append((byte)Format);
        to.Append((byte)Compression);
        to.Append(Level);
        to.WriteInt64(MaxSize);
        to.WriteString(kubernetes);
        Envelope.End(to, start);
    }

    /// <summary>Null when the payload is not a chunk's header. Throws for an unsupported version.</summary>
    public static ChunkHeader? Read(ReadOnlySpan<byte> payload, string file)
    {
        var reader = new SpanReader(payload);
        var version = reader.ReadUInt16();
        if (reader.Failed)
        {
            return null;
        }

        FormatVersionException.ThrowIfUnknown(version, file);
        var header = new ChunkHeader(
            reader.ReadInt64(), reader.ReadUInt32(), reader.ReadInt64(), reader.ReadString(), reader.ReadString(),
            (ObjectFormat)reader.ReadByte(), (Compression)reader.ReadByte(), reader.ReadByte(), reader.ReadInt64())
        {
            Version = version,
        };

        // 0.1.0 wrote no metadata.
        header = header with { Kubernetes = reader.AtEnd ? "" : reader.ReadString() };
        return reader.Failed ? null : header;
    }
}
