using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>Reads one journal. Identities belong to a file; a damaged part is skipped to the next valid envelope.</summary>
internal sealed class PositionsReader(LoadedPositions into, HashSet<GenerationId> forgotten, IStorageFile file, string path, string name)
{
    private static readonly uint[] Magics =
    [
        PositionRecords.FoldMagic, PositionRecords.CoverageMagic, PositionRecords.SkipMagic,
        PositionRecords.EndMagic, PositionRecords.SeqsMagic, PositionRecords.HeaderMagic, PositionRecords.LineMagic, PositionRecords.ToldMagic,
    ];

    private readonly Dictionary<GenerationId, GenerationIdentity> _identities = [];
    private readonly CoverageMap _coverage = new();

    /// <summary>
    /// Catalog lines by number. A line that was noted again may include more, so the last one with a number counts. A line of an
    /// older file counts only if no newer file has its number.
    /// </summary>
    private readonly Dictionary<long, byte[]> _lines = [];

    /// <summary>Over the checksums since the last header; null when a record between was damaged.</summary>
    private uint? _chain;

    /// <summary>From the header; valid if that header can be trusted alone, or with the rest of its snapshot.</summary>
    private bool _isFirstStartDone;

    public void Run()
    {
        using var payload = new ByteBuffer();
        var length = file.Length;
        long damagedFrom = -1;
        long at = 0;
        while (at < length)
        {
            if (Envelope.Read(file, at, Magics, payload, out var found) == EnvelopeStatus.Whole && ReadEntry(found.Magic, found.Crc, new SpanReader(payload.Written)))
            {
                Report(damagedFrom, at);
                damagedFrom = -1;
                at += Envelope.HeaderLength + payload.Length;
                continue;
            }

            if (RestIsZero(at, length))
            {
                break;
            }

            _chain = null;
            damagedFrom = damagedFrom < 0 ? at : damagedFrom;
            at++;
        }

        Report(damagedFrom, at);
        if (at == 0)
        {
            Report(0, length);
        }

        ReadAll(at);
    }

    private void ReadAll(long end)
    {
        into.Coverage.Add(_coverage);
        foreach (var (number, line) in _lines.Where(l => name != PositionsJournal.PreviousName || !into.CatalogLines.ContainsKey(l.Key)))
        {
            into.CatalogLines[number] = line;
        }

        if (name == PositionsJournal.FileName)
        {
            into.Journal.Add(_coverage);
            into.JournalEnd = end;
        }
    }

    /// <summary>A rewrite that a crash cut short is not damage: the older files still exist.</summary>
    private void Report(long from, long to)
    {
        if (from >= 0 && name != PositionsJournal.NewName)
        {
            into.Damage.Add($"{path} is damaged: bytes {from} to {to} were skipped");
        }
    }

    private bool ReadEntry(uint magic, uint crc, SpanReader reader)
    {
        var chain = _chain;
        _chain = magic == PositionRecords.HeaderMagic ? PositionRecords.Chain(0, crc) : chain is { } known ? PositionRecords.Chain(known, crc) : null;
        if (magic == PositionRecords.HeaderMagic)
        {
            return ReadHeader(ref reader);
        }

        if (magic == PositionRecords.EndMagic)
        {
            var id = new GenerationId(reader.ReadUInt64());
            var end = (GenerationEnd)reader.ReadByte();
            if (end == GenerationEnd.Forgotten)
            {
                forgotten.Add(id);
            }
            else
            {
                var noted = new NotedEnd(end, PositionRecords.ReadLostAt(ref reader));
                into.Ended[id] = !into.Ended.TryGetValue(id, out var other) ? noted
                    : name == PositionsJournal.PreviousName ? noted.With(other)
                    : other.With(noted);
            }

            return !reader.Failed && (reader.AtEnd || ReadNote(ref reader));
        }

        if (magic == PositionRecords.SeqsMagic)
        {
            return ReadSeqs(ref reader, chain);
        }

        if (magic == PositionRecords.LineMagic)
        {
            return ReadLine(ref reader);
        }

        if (magic == PositionRecords.ToldMagic)
        {
            return ReadTold(ref reader);
        }

        if (magic == PositionRecords.FoldMagic)
        {
            ReadSeq(ref reader);
        }
        else if (magic == PositionRecords.SkipMagic)
        {
            reader.ReadByte();
        }

        return CoverageCodec.TryRead(ref reader, _coverage, _identities) && (magic == PositionRecords.CoverageMagic || reader.AtEnd || ReadNote(ref reader));
    }

    /// <summary>The meaning of a record for the catalog.</summary>
    private bool ReadNote(ref SpanReader reader) => (FoldNote)reader.ReadByte() == FoldNote.Line ? ReadLine(ref reader) : ReadSpan(ref reader);

    private bool ReadLine(ref SpanReader reader)
    {
        var (number, line) = PositionRecords.ReadLine(ref reader);
        if (!reader.Failed)
        {
            _lines[number] = line;
        }

        return !reader.Failed;
    }

    private bool ReadSpan(ref SpanReader reader)
    {
        var span = PositionRecords.ReadSpan(ref reader);
        if (!reader.Failed)
        {
            into.Catalog.Tell(span);
        }

        return !reader.Failed;
    }

    private bool ReadTold(ref SpanReader reader)
    {
        var last = PositionRecords.ReadSpan(ref reader);
        for (var count = reader.ReadVarint(); count > 0 && !reader.Failed; count--)
        {
            var from = reader.ReadVarint();
            var length = reader.ReadVarint();
            if (!reader.Failed)
            {
                into.Catalog.Tell(last with { From = from, To = from + length });
            }
        }

        return !reader.Failed;
    }

    private bool ReadHeader(ref SpanReader reader)
    {
        var version = reader.ReadUInt16();
        if (reader.Failed)
        {
            return false;
        }

        FormatVersionException.ThrowIfUnknown(version, path);
        reader.ReadUInt32();
        into.Raise(reader.ReadInt64(), reader.ReadInt64());
        _isFirstStartDone = reader.ReadByte() != 0;

        // A process may die while it rewrites the journal. The new file then has this header, but not yet the skips of the first
        // start, so its header proves nothing. A journal under its final name was complete once: its header holds, and the
        // lines of a part that was damaged later are read again.
        into.FirstStartDone |= _isFirstStartDone && name != PositionsJournal.NewName;
        return !reader.Failed;
    }

    /// <summary>In version 2 a snapshot was made of folds without a seq.</summary>
    private void ReadSeq(ref SpanReader reader)
    {
        var seq = reader.ReadInt64();
        into.Raise(seq, reader.ReadInt64());
        if (seq != 0 && !reader.Failed)
        {
            into.Stored.Add(seq);
        }
    }

    /// <summary>
    /// Valid only with all records of its snapshot. The reason: it declares objects stored, and their coverage is in those records;
    /// it also declares the first start done, and the bytes that the first start skipped are in them too.
    /// </summary>
    private bool ReadSeqs(ref SpanReader reader, uint? chain)
    {
        var expected = reader.ReadUInt32();
        var upTo = reader.ReadInt64();
        var count = reader.ReadVarint();
        var pending = new List<long>();
        for (long seq = 0; count > 0 && !reader.Failed; count--)
        {
            pending.Add(seq += reader.ReadVarint());
        }

        if (reader.Failed)
        {
            return false;
        }

        into.Raise(upTo, 0);
        if (chain == expected)
        {
            into.Stored.AddList(upTo, [.. pending]);
            into.FirstStartDone |= _isFirstStartDone;
        }

        return true;
    }

    private bool RestIsZero(long at, long length)
    {
        Span<byte> piece = stackalloc byte[4096];
        for (; at < length; at += piece.Length)
        {
            var got = file.Read(piece, at);
            if (piece[..got].IndexOfAnyExcept((byte)0) >= 0)
            {
                return false;
            }

            if (got == 0)
            {
                break;
            }
        }

        return true;
    }
}
