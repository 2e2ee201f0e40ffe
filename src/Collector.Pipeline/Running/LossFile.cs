using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// Keeps the loss counters in the data dir (FORMAT.md, Losses), so that a run that is shorter than the scrape interval hides no
/// loss: the next run continues from them. Opened before the loops run; then used by one thread at a time.
/// </summary>
internal sealed partial class LossFile
{
    public const string Name = "losses";

    /// <summary>
    /// How long a loss stays in the counters after a scrape has shown it, because alerts look back that far. Later, a counter that
    /// begins above 0 would show an old loss as a new one.
    /// </summary>
    internal static readonly TimeSpan ToldOn = TimeSpan.FromMinutes(10);

    private static readonly uint s_magic = Envelope.Magic("LOSS"u8);

    private static readonly long s_latestMoment = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private readonly IStorageDirectory _root;
    private readonly Books _books;
    private long _keptVersion;

    private LossFile(IStorageDirectory root, Books books)
    {
        _root = root;
        _books = books;
    }

    /// <summary>
    /// Loads the losses of earlier runs that were not shown long ago. Damage is one warning, and the counters begin at 0. Throws
    /// <see cref="FormatVersionException"/> when a newer collector has written the file.
    /// </summary>
    public static LossFile Open(IStorageDirectory root, Books books, TimeProvider clock, ILogger logger)
    {
        var losses = new LossFile(root, books);
        if (!root.ListFiles().Contains(Name))
        {
            return losses;
        }

        if (Read(root) is not { } known)
        {
            LogDamaged(logger, $"{root.Location}/{Name}");
        }
        else
        {
            losses._keptVersion = books.Continue(clock.GetUtcNow() - known.ToldAt > ToldOn ? known.WithoutCounts() : known);
        }

        return losses;
    }

    /// <summary>
    /// Makes durable what was counted, or shown, since the last time. Throws <see cref="StorageException"/>; it is then saved the
    /// next time.
    /// </summary>
    public void Keep()
    {
        if (_books.LossesSince(_keptVersion) is { } losses)
        {
            using var bytes = new ByteBuffer();
            Write(bytes, losses);
            _root.Replace(Name, bytes.Written);
            _keptVersion = losses.Version;
        }
    }

    private static void Write(ByteBuffer to, Losses losses)
    {
        var start = Envelope.Begin(to, s_magic);
        to.WriteUInt16(Envelope.Version);
        to.WriteInt64(losses.ToldAt?.ToUnixTimeMilliseconds() ?? 0);
        Write(to, losses.Bytes);
        Write(to, losses.Files);
        to.WriteVarint(losses.CountedFiles.Count);
        foreach (var (hash, metAt) in losses.CountedFiles)
        {
            to.WriteInt64(unchecked((long)hash));
            to.WriteInt64(metAt);
        }

        Envelope.End(to, start);
    }

    private static void Write<TReason>(ByteBuffer to, EnumCounts<TReason> counts)
        where TReason : struct, Enum
    {
        to.WriteVarint(counts.Labels.Count);
        for (var i = 0; i < counts.Labels.Count; i++)
        {
            to.WriteString(counts.Labels[i]);
            to.WriteInt64(counts.Values[i]);
        }
    }

    /// <summary>Null: it is damaged.</summary>
    private static Losses? Read(IStorageDirectory root)
    {
        using var file = root.Open(Name);
        using var payload = new ByteBuffer();
        if (Envelope.Read(file, 0, s_magic, payload) != EnvelopeStatus.Whole)
        {
            return null;
        }

        var reader = new SpanReader(payload.Written);
        FormatVersionException.ThrowIfUnknown(reader.ReadUInt16(), $"{root.Location}/{Name}");
        var toldAt = reader.ReadInt64();
        var counted = new List<KeyValuePair<ulong, long>>();
        var losses = new Losses { ToldAt = toldAt == 0 ? null : DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Clamp(toldAt, 0, s_latestMoment)), CountedFiles = counted };
        if (!TryRead(ref reader, losses.Bytes) || !TryRead(ref reader, losses.Files))
        {
            return null;
        }

        // 0.1.0 wrote no list of counted files.
        for (var left = reader.AtEnd ? 0 : reader.ReadVarint(); left > 0 && !reader.Failed; left--)
        {
            counted.Add(KeyValuePair.Create(reader.ReadUInt64(), reader.ReadInt64()));
        }

        return reader is { Failed: false, AtEnd: true } ? losses : null;
    }

    /// <summary>Reasons that this collector does not know are ignored.</summary>
    private static bool TryRead<TReason>(ref SpanReader reader, EnumCounts<TReason> counts)
        where TReason : struct, Enum
    {
        for (var left = reader.ReadVarint(); left > 0 && !reader.Failed; left--)
        {
            var reason = reader.ReadString();
            var count = reader.ReadInt64();
            if (count < 0)
            {
                return false;
            }

            counts.TrySet(reason, count);
        }

        return !reader.Failed;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is damaged and ignored, so the loss counters begin at 0; losses that no scrape has read yet are missing from them")]
    private static partial void LogDamaged(ILogger logger, string file);
}
