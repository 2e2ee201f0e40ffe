using System.Globalization;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Catalog;

/// <summary>Makes objects of the lines of one output's catalog (CATALOG.md, The cycle). Owned by the seal loop, except <see cref="Finish"/> and <see cref="IsOwed"/>.</summary>
internal sealed partial class CatalogSealer(OutputBuffer buffer, CatalogSettings settings, ILogger logger)
{
    /// <summary>Above this size lines do not wait for the interval, because they are in memory.</summary>
    private const long Most = 1 << 20;

    private readonly IStorageDirectory _directory = buffer.Directory;
    private readonly string _prefix = settings.Prefix.Length > 0 ? settings.Prefix : CatalogSettings.PrefixOf(buffer.Settings.KeyPrefix);
    private long _madeAt = buffer.Clock.GetTimestamp();
    private long? _halfMade;
    private volatile bool _isFinishing;

    /// <summary>There are lines to store before the collector ends.</summary>
    public bool IsOwed => buffer.Positions.WaitingLineBytes > 0;

    /// <summary>The collector ends: when nothing else is left to deliver, the waiting lines are sent at once.</summary>
    public void Finish() => _isFinishing = true;

    /// <summary>
    /// Makes a catalog object, if one is due; true when it did. Throws <see cref="StorageException"/> when it must be retried
    /// later: the lines wait.
    /// </summary>
    public bool TryMake()
    {
        RemoveHalfMade();
        if (!IsDue() || buffer.Positions.WaitingLines(Most) is not { } waiting)
        {
            return false;
        }

        var (seq, openedAt) = buffer.Positions.Next();
        var name = FileNames.Format(seq, FileState.Sealing);
        _halfMade = seq;
        var header = Write(name, Compose(seq, openedAt, waiting), waiting);
        _directory.Rename(name, FileNames.Format(seq, FileState.Object));
        _directory.Sync();
        _halfMade = null;
        var bytes = BufferSpace.OnDisk(header.FileLength);
        buffer.Space.Add(bytes);
        buffer.Book.Sealed(0, 0, bytes);
        buffer.Backlog.Add(new BacklogItem(seq, openedAt, PrefixId.Of(header.Prefix)) { State = ItemState.Sealed, FileBytes = bytes });
        buffer.Positions.HoldLines(header.Span!.Value);
        _madeAt = buffer.Clock.GetTimestamp();
        LogMade(buffer.Settings.Name, header.Key, waiting.Lines.Count);
        return true;
    }

    private bool IsDue() => buffer.Positions.WaitingLineBytes switch
    {
        0 => false,
        >= Most => true,
        _ => buffer.Clock.GetElapsedTime(_madeAt) >= settings.Interval || (_isFinishing && buffer.Backlog.Count == 0),
    };

    /// <summary>Without the fields that are known only after the body.</summary>
    private ObjectHeader Compose(long seq, long openedAt, CatalogBatch waiting)
    {
        var opened = DateTimeOffset.FromUnixTimeMilliseconds(openedAt);
        var prefix = _prefix + opened.ToString("yyyy-MM-dd'/'", CultureInfo.InvariantCulture);
        var chunk = new ChunkHeader(seq, buffer.Positions.Instance, openedAt, prefix, buffer.Settings.Node, ObjectFormat.Json, Compression.Gzip, 0, 0);
        var time = opened.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return new ObjectHeader
        {
            Seq = seq,
            Instance = chunk.Instance,
            OpenedAt = openedAt,
            Key = chunk.Key,
            Prefix = prefix,
            ContentType = chunk.ContentType,
            Node = chunk.Node,
            Records = waiting.Lines.Count,
            Bytes = 0,
            FirstTime = time,
            LastTime = time,
            BodyOffset = 0,
            BodyLength = 0,
            BodyCrc = 0,
            BodySha256 = new byte[32],
            FromReserve = false,
            Coverage = new CoverageMap(),
            Span = new CatalogSpan((buffer.Positions.LastCatalog?.Number ?? 0) + 1, waiting.From, waiting.From + waiting.Lines.Count, new byte[32]),
        };
    }

    /// <summary>Durable on return, under the name of a half-made object.</summary>
    private ObjectHeader Write(string name, ObjectHeader header, CatalogBatch waiting)
    {
        using var text = new ByteBuffer();
        var span = header.Span!.Value;
        text.Append(CatalogLine.Head(span.Number, span.From, span.To, buffer.Settings.Name, header.Node, header.Instance, buffer.Positions.LastCatalog?.Sha256, DateTimeOffset.FromUnixTimeMilliseconds(header.OpenedAt), buffer.Settings.DeliveryMode == DeliveryMode.AtMostOnce ? null : waiting.Settled));
        text.Append((byte)'\n');
        foreach (var line in waiting.Lines)
        {
            text.Append(line);
            text.Append((byte)'\n');
        }

        header = header with { Bytes = text.Length };
        using var bytes = new ByteBuffer();
        header.Write(bytes);
        header = header with { BodyOffset = bytes.Length };
        using var file = _directory.Create(name);
        using var body = new BodyWriter(file, header.BodyOffset, hashes: true);
        using (var compressor = BodyCompressor.Open(Compression.Gzip, 0, body, text.Length))
        {
            compressor.Write(text.Written);
        }

        body.Flush();
        var sha256 = body.Sha256()!;
        header = header with { BodyLength = body.Length, BodyCrc = body.Crc, BodySha256 = sha256, Span = span with { Sha256 = sha256 } };
        bytes.Reset();
        header.Write(bytes);
        file.Write(bytes.Written, 0);
        file.Sync();
        return header with { FileLength = header.BodyOffset + header.BodyLength };
    }

    /// <summary>A failed object is made again under another number, because it may have its name already.</summary>
    private void RemoveHalfMade()
    {
        if (_halfMade is { } seq)
        {
            _directory.Delete(FileNames.Format(seq, FileState.Sealing));
            _directory.Delete(FileNames.Format(seq, FileState.Object));
            _directory.Sync();
            buffer.Positions.Unused(seq);
            _halfMade = null;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "output {Output}: catalog object {Key} with {Lines} lines waits for upload")]
    private partial void LogMade(string output, string key, int lines);
}
