using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>The records of the positions journal, see FORMAT.md. Each writer returns the checksum of what it wrote.</summary>
internal static class PositionRecords
{
    public static readonly uint HeaderMagic = Envelope.Magic("PHDR"u8);
    public static readonly uint FoldMagic = Envelope.Magic("PFLD"u8);
    public static readonly uint SkipMagic = Envelope.Magic("PSKP"u8);
    public static readonly uint CoverageMagic = Envelope.Magic("PCOV"u8);
    public static readonly uint EndMagic = Envelope.Magic("PEND"u8);
    public static readonly uint SeqsMagic = Envelope.Magic("PSEQ"u8);

    public static uint WriteHeader(ByteBuffer to, Numbering numbering, bool firstStartDone)
    {
        var start = Envelope.Begin(to, HeaderMagic);
        to.WriteUInt16(Envelope.Version);
        to.WriteUInt32(numbering.Instance);
        to.WriteInt64(numbering.LastSeq);
        to.WriteInt64(numbering.LastOpenedAt);
        to.Append(firstStartDone ? (byte)1 : (byte)0);
        return Envelope.End(to, start);
    }

    public static uint WriteFold(ByteBuffer to, long seq, long openedAt, CoverageMap coverage)
    {
        var start = Envelope.Begin(to, FoldMagic);
        to.WriteInt64(seq);
        to.WriteInt64(openedAt);
        CoverageCodec.Write(to, coverage);
        return Envelope.End(to, start);
    }

    public static uint WriteSkip(ByteBuffer to, SkipReason reason, CoverageMap gaps)
    {
        var start = Envelope.Begin(to, SkipMagic);
        to.Append((byte)reason);
        CoverageCodec.Write(to, gaps);
        return Envelope.End(to, start);
    }

    /// <summary>What is stored or skipped of one generation.</summary>
    public static uint WriteCoverage(ByteBuffer to, CoverageEntry entry)
    {
        var one = new CoverageMap();
        one.Of(entry.Identity).Add(entry);
        var start = Envelope.Begin(to, CoverageMagic);
        CoverageCodec.Write(to, one);
        return Envelope.End(to, start);
    }

    /// <summary>A generation has ended: nothing more of it is to be read. With <paramref name="forget"/> its coverage is needed no longer either.</summary>
    public static uint WriteEnd(ByteBuffer to, GenerationId id, bool forget)
    {
        var start = Envelope.Begin(to, EndMagic);
        to.WriteUInt64(id.Value);
        to.Append(forget ? (byte)1 : (byte)0);
        return Envelope.End(to, start);
    }

    /// <summary>Ends a snapshot: every seq up to <paramref name="upTo"/> that is not <paramref name="pending"/> (ascending) is done with.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="chain">Of the snapshot's records, by <see cref="Chain"/>.</param>
    /// <param name="upTo">The highest seq that was given out.</param>
    /// <param name="pending">Ascending.</param>
    public static void WriteSeqs(ByteBuffer to, uint chain, long upTo, ReadOnlySpan<long> pending)
    {
        var start = Envelope.Begin(to, SeqsMagic);
        to.WriteUInt32(chain);
        to.WriteInt64(upTo);
        to.WriteVarint(pending.Length);
        long last = 0;
        foreach (var seq in pending)
        {
            to.WriteVarint(seq - last);
            last = seq;
        }

        Envelope.End(to, start);
    }

    /// <summary>The checksum over the checksums of a snapshot's records so far.</summary>
    public static uint Chain(uint chain, uint crc)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, crc);
        return Crc32C.Append(chain, bytes);
    }
}
