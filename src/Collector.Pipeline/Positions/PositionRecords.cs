using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Format;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Positions;

/// <summary>What could be read of an output's positions.</summary>
internal sealed class LoadedPositions
{
    public CoverageMap Coverage { get; } = new();

    /// <summary>What the newest journal tells by itself.</summary>
    public CoverageMap Journal { get; } = new();

    /// <summary>Where the newest journal ends; 0 when there is none.</summary>
    public long JournalEnd { get; set; }

    /// <summary>Generations of which nothing more is to be read.</summary>
    public HashSet<GenerationId> Ended { get; } = [];

    public bool FirstStartDone { get; set; }

    public long HighestSeq { get; set; }

    public long HighestOpenedAt { get; set; }

    /// <summary>Places that did not check, for the log; any makes the collector draw new instance bits.</summary>
    public List<string> Damage { get; } = [];
}

/// <summary>The records of the positions journal, see FORMAT.md.</summary>
internal static class PositionRecords
{
    private static readonly uint HeaderMagic = Envelope.Magic("PHDR"u8);
    private static readonly uint FoldMagic = Envelope.Magic("PFLD"u8);
    private static readonly uint EndMagic = Envelope.Magic("PEND"u8);
    private static readonly string[] Names = [PositionsJournal.FileName, PositionsJournal.NewName, PositionsJournal.PreviousName];

    public static void WriteHeader(ByteBuffer to, Numbering numbering, bool firstStartDone)
    {
        var start = Envelope.Begin(to, HeaderMagic);
        to.WriteUInt16(Envelope.Version);
        to.WriteUInt32(numbering.Instance);
        to.WriteInt64(numbering.LastSeq);
        to.WriteInt64(numbering.LastOpenedAt);
        to.Append(firstStartDone ? (byte)1 : (byte)0);
        Envelope.End(to, start);
    }

    public static void WriteFold(ByteBuffer to, long seq, long openedAt, CoverageMap coverage)
    {
        var start = Envelope.Begin(to, FoldMagic);
        to.WriteInt64(seq);
        to.WriteInt64(openedAt);
        CoverageCodec.Write(to, coverage);
        Envelope.End(to, start);
    }

    /// <summary>A generation has ended: nothing more of it is to be read. With <paramref name="forget"/> its coverage is needed no longer either.</summary>
    public static void WriteEnd(ByteBuffer to, GenerationId id, bool forget)
    {
        var start = Envelope.Begin(to, EndMagic);
        to.WriteUInt64(id.Value);
        to.Append(forget ? (byte)1 : (byte)0);
        Envelope.End(to, start);
    }

    /// <summary>The union of all journals of a directory, skipping what is damaged. None at all is damage only beside other files.</summary>
    public static LoadedPositions Load(IStorageDirectory directory)
    {
        var loaded = new LoadedPositions();
        var forgotten = new HashSet<GenerationId>();
        var files = directory.ListFiles();
        foreach (var name in Names.Where(files.Contains))
        {
            using var file = directory.Open(name);
            new Loader(loaded, forgotten, file, directory, name).Run();
        }

        if (!files.Contains(PositionsJournal.FileName) && !files.Contains(PositionsJournal.NewName)
            && files.Any(file => file == PositionsJournal.PreviousName || FileNames.TryParse(file, out _, out _)))
        {
            loaded.Damage.Add($"{directory.Location}/{PositionsJournal.FileName}: missing");
        }

        foreach (var id in forgotten)
        {
            loaded.Coverage.Remove(id);
        }

        return loaded;
    }

    /// <summary>Reads one journal. Identities are per file; a stretch that does not check is skipped to the next envelope that does.</summary>
    private sealed class Loader(LoadedPositions into, HashSet<GenerationId> forgotten, IStorageFile file, IStorageDirectory directory, string name)
    {
        private readonly Dictionary<GenerationId, GenerationIdentity> _identities = [];
        private readonly CoverageMap _coverage = new();

        public void Run()
        {
            using var payload = new ByteBuffer();
            var length = file.Length;
            long damagedFrom = -1;
            long at = 0;
            while (at < length)
            {
                if (Read(at, payload))
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

                damagedFrom = damagedFrom < 0 ? at : damagedFrom;
                at++;
            }

            Report(damagedFrom, at);
            if (at == 0)
            {
                Report(0, length);
            }

            Take(at);
        }

        private void Take(long end)
        {
            into.Coverage.Add(_coverage);
            if (name == PositionsJournal.FileName)
            {
                into.Journal.Add(_coverage);
                into.JournalEnd = end;
            }
        }

        /// <summary>A rewrite that a crash has cut short is no damage: the older files are still there.</summary>
        private void Report(long from, long to)
        {
            if (from >= 0 && name != PositionsJournal.NewName)
            {
                into.Damage.Add($"{directory.Location}/{name}: bytes {from} to {to} do not check and were skipped");
            }
        }

        private bool Read(long at, ByteBuffer payload)
        {
            foreach (var magic in (ReadOnlySpan<uint>)[FoldMagic, EndMagic, HeaderMagic])
            {
                if (Envelope.Read(file, at, magic, payload) == EnvelopeStatus.Whole)
                {
                    return Take(magic, new SpanReader(payload.Written));
                }
            }

            return false;
        }

        private bool Take(uint magic, SpanReader reader)
        {
            if (magic == HeaderMagic)
            {
                FormatVersionException.ThrowIfNewer(reader.ReadUInt16(), $"{directory.Location}/{name}");
                reader.ReadUInt32();
                Raise(reader.ReadInt64(), reader.ReadInt64());
                into.FirstStartDone |= reader.ReadByte() != 0;
                return !reader.Failed;
            }

            if (magic == EndMagic)
            {
                var id = new GenerationId(reader.ReadUInt64());
                (reader.ReadByte() != 0 ? forgotten : into.Ended).Add(id);
                return !reader.Failed;
            }

            Raise(reader.ReadInt64(), reader.ReadInt64());
            return CoverageCodec.TryRead(ref reader, _coverage, _identities);
        }

        private void Raise(long seq, long openedAt)
        {
            into.HighestSeq = Math.Max(into.HighestSeq, seq);
            into.HighestOpenedAt = Math.Max(into.HighestOpenedAt, openedAt);
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
}
