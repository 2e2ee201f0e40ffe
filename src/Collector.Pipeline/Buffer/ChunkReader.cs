using System.Text;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Reads a chunk frame by frame, in bounded memory: for recovery, and for sealing. Stops before the first frame that fails its
/// check. Not thread safe; the file belongs to the caller.
/// </summary>
internal sealed class ChunkReader : IDisposable
{
    /// <summary>Bytes read at a time.</summary>
    private const int Piece = 64 * 1024;

    private readonly IStorageFile _file;
    private readonly ByteBuffer _buffer = new(Piece);
    private readonly Dictionary<GenerationId, GenerationIdentity> _known = [];

    private ChunkReader(IStorageFile file, ChunkHeader header, long end)
    {
        _file = file;
        Header = header;
        End = end;
    }

    public ChunkHeader Header { get; }

    /// <summary>The end of the last whole frame so far.</summary>
    public long End { get; private set; }

    public long Records { get; private set; }

    /// <summary>Bytes of all records.</summary>
    public long Bytes { get; private set; }

    /// <summary>The coverage of the frames so far.</summary>
    public CoverageMap Coverage { get; } = new();

    public string FirstTime { get; private set; } = "";

    public string LastTime { get; private set; } = "";

    /// <summary>The streams of the records in the frames so far.</summary>
    public LogStreams Streams { get; private set; }

    /// <summary>The time of the first record in the last frame; empty when it has none.</summary>
    public string FrameTime { get; private set; } = "";

    /// <summary>The identities in the frames so far.</summary>
    public IReadOnlyDictionary<GenerationId, GenerationIdentity> Known => _known;

    /// <summary>Opens a chunk; null when its header fails its check.</summary>
    public static ChunkReader? Open(IStorageFile file, string name)
    {
        using var payload = new ByteBuffer();
        return Envelope.Read(file, 0, ChunkHeader.Magic, payload) == EnvelopeStatus.Whole && ChunkHeader.Read(payload.Written, name) is { } header
            ? new ChunkReader(file, header, Envelope.HeaderLength + payload.Length)
            : null;
    }

    /// <summary>
    /// Reads the next frame: checks it, passes its records to <paramref name="body"/> (when not null) and adds its coverage. False
    /// at the end of the whole frames. The records are passed on before the frame is checked: a caller with a
    /// <paramref name="body"/> discards them when reading ends early.
    /// </summary>
    /// <param name="body">Where the records go.</param>
    /// <param name="mostBytes">The greatest total of record bytes: a frame that claims more is damaged.</param>
    public bool MoveNext(Stream? body = null, long mostBytes = long.MaxValue)
    {
        if (!FrameHeader.TryRead(_file, End, out var frame))
        {
            return false;
        }

        var (records, trailer) = (frame.Records, frame.Trailer);
        var at = End + Frame.HeaderLength;
        if (trailer > Envelope.LongestPayload || at + records + trailer > _file.Length || Bytes + records > mostBytes)
        {
            return false;
        }

        var crc = ReadRecords(at, records, frame.Checksum(), body);
        var last = _buffer.GetSpan((int)trailer)[..(int)trailer];
        if (_file.Read(last, at + records) < last.Length || Crc32C.Append(crc, last) != frame.Crc || !ReadTrailer(last))
        {
            return false;
        }

        End = at + records + trailer;
        Records += frame.Count;
        Bytes += records;
        return true;
    }

    public void Dispose() => _buffer.Dispose();

    private uint ReadRecords(long at, uint length, uint crc, Stream? body)
    {
        var piece = _buffer.GetSpan(Piece)[..Piece];
        for (long done = 0; done < length;)
        {
            var part = piece[..(int)Math.Min(piece.Length, length - done)];
            var got = part[.._file.Read(part, at + done)];
            if (got.IsEmpty)
            {
                return ~crc;
            }

            crc = Crc32C.Append(crc, got);
            body?.Write(got);
            done += got.Length;
        }

        return crc;
    }

    private bool ReadTrailer(ReadOnlySpan<byte> trailer)
    {
        var reader = new SpanReader(trailer);
        var first = reader.ReadBytes();
        var last = reader.ReadBytes();
        if (!CoverageCodec.TryRead(ref reader, Coverage, _known))
        {
            return false;
        }

        // Version 3 ended here, before the catalog had streams.
        Streams |= reader.AtEnd ? LogStreams.None : (LogStreams)reader.ReadByte() & LogStreams.Both;
        FrameTime = Encoding.UTF8.GetString(first);
        FirstTime = FirstTime.Length == 0 ? FrameTime : FirstTime;
        LastTime = last.Length == 0 ? LastTime : Encoding.UTF8.GetString(last);
        return true;
    }
}
