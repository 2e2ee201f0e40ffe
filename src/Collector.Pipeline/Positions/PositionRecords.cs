using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>The parts behind what a record always has.</summary>
internal enum FoldNote : byte
{
    Line = 1,
    Span,
    LostAt,
}

/// <summary>The records of the positions journal, see FORMAT.md. Each writer returns the checksum of what it wrote.</summary>
internal static class PositionRecords
{
    public static readonly uint HeaderMagic = Envelope.Magic("PHDR"u8);
    public static readonly uint FoldMagic = Envelope.Magic("PFLD"u8);
    public static readonly uint SkipMagic = Envelope.Magic("PSKP"u8);
    public static readonly uint CoverageMagic = Envelope.Magic("PCOV"u8);
    public static readonly uint EndMagic = Envelope.Magic("PEND"u8);
    public static readonly uint SeqsMagic = Envelope.Magic("PSEQ"u8);
    public static readonly uint LineMagic = Envelope.Magic("PCAT"u8);
    public static readonly uint ToldMagic = Envelope.Magic("PTLD"u8);

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

    /// <summary>An object is finished. Its meaning for the catalog comes after its coverage, under the same checksum.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="seq">The object's.</param>
    /// <param name="openedAt">Unix milliseconds.</param>
    /// <param name="coverage">The object's.</param>
    /// <param name="line">Its line; null: it has none.</param>
    /// <param name="span">The lines that it has itself; null: it is none of the catalog's.</param>
    public static uint WriteFold(ByteBuffer to, long seq, long openedAt, CoverageMap coverage, (long Number, byte[] Line)? line = null, CatalogSpan? span = null)
    {
        var start = Envelope.Begin(to, FoldMagic);
        to.WriteInt64(seq);
        to.WriteInt64(openedAt);
        CoverageCodec.Write(to, coverage);
        WriteNote(to, line);
        if (line is null && span is { } lines)
        {
            to.Append((byte)FoldNote.Span);
            WriteSpan(to, lines);
        }

        return Envelope.End(to, start);
    }

    /// <summary>A line of the catalog waits.</summary>
    public static uint WriteCatalogLine(ByteBuffer to, long number, byte[] line)
    {
        var start = Envelope.Begin(to, LineMagic);
        WriteLine(to, number, line);
        return Envelope.End(to, start);
    }

    /// <summary>Which catalog lines are stored, and the object with the last of them.</summary>
    public static uint WriteCatalogTold(ByteBuffer to, IntervalSet told, CatalogSpan last)
    {
        var start = Envelope.Begin(to, ToldMagic);
        WriteSpan(to, last);
        to.WriteVarint(told.Items.Length);
        foreach (var interval in told.Items)
        {
            to.WriteVarint(interval.From);
            to.WriteVarint(interval.Length);
        }

        return Envelope.End(to, start);
    }

    public static (long Number, byte[] Line) ReadLine(ref SpanReader reader) => (reader.ReadVarint(), reader.ReadBytes().ToArray());

    public static CatalogSpan ReadSpan(ref SpanReader reader) => new(reader.ReadVarint(), reader.ReadVarint(), reader.ReadVarint(), reader.ReadBytes().ToArray());

    public static void WriteSpan(ByteBuffer to, CatalogSpan span)
    {
        to.WriteVarint(span.Number);
        to.WriteVarint(span.From);
        to.WriteVarint(span.To);
        to.WriteVarint(span.Sha256.Length);
        to.Append(span.Sha256);
    }

    private static void WriteLine(ByteBuffer to, long number, byte[] line)
    {
        to.WriteVarint(number);
        to.WriteVarint(line.Length);
        to.Append(line);
    }

    /// <summary>After records other than folds comes at most a line.</summary>
    private static void WriteNote(ByteBuffer to, (long Number, byte[] Line)? line)
    {
        if (line is { } own)
        {
            to.Append((byte)FoldNote.Line);
            WriteLine(to, own.Number, own.Line);
        }
    }

    public static uint WriteSkip(ByteBuffer to, SkipReason reason, CoverageMap gaps, (long Number, byte[] Line)? line = null)
    {
        var start = Envelope.Begin(to, SkipMagic);
        to.Append((byte)reason);
        CoverageCodec.Write(to, gaps);
        WriteNote(to, line);
        return Envelope.End(to, start);
    }

    /// <summary>The stored or skipped bytes of one generation.</summary>
    public static uint WriteCoverage(ByteBuffer to, CoverageEntry entry)
    {
        var one = new CoverageMap();
        one.GetOrAdd(entry.Identity).Add(entry);
        var start = Envelope.Begin(to, CoverageMagic);
        CoverageCodec.Write(to, one);
        return Envelope.End(to, start);
    }

    /// <summary>A generation has ended, or is forgotten.</summary>
    public static uint WriteEnd(ByteBuffer to, GenerationId id, NotedEnd noted, (long Number, byte[] Line)? line = null)
    {
        var start = Envelope.Begin(to, EndMagic);
        to.WriteUInt64(id.Value);
        to.Append((byte)noted.End);
        if (noted.LostAt != 0)
        {
            to.Append((byte)FoldNote.LostAt);
            to.WriteInt64(noted.LostAt);
        }

        WriteNote(to, line);
        return Envelope.End(to, start);
    }

    /// <summary>The time behind an end, if it has one; else 0, and nothing is read.</summary>
    public static long ReadLostAt(ref SpanReader reader)
    {
        var behind = reader;
        if (reader.AtEnd || (FoldNote)behind.ReadByte() != FoldNote.LostAt)
        {
            return 0;
        }

        reader = behind;
        return reader.ReadInt64();
    }

    /// <summary>
    /// Ends a snapshot: every seq up to <paramref name="upTo"/> that is not <paramref name="pending"/> (ascending) is finished.
    /// </summary>
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
