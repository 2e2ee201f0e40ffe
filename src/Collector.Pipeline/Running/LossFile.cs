using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// Keeps the loss counters in the data dir (FORMAT.md, Losses), so that a life that is shorter than the interval of the scrapes
/// hides no loss: the next one goes on counting from there. Opened before the loops run; then used by one thread at a time.
/// </summary>
internal sealed partial class LossFile
{
    public const string Name = "losses";

    /// <summary>
    /// How long a loss is told on after a scrape has shown it: the alerts look back so far. Later a counter that begins above 0
    /// would be an old loss that is told as a new one.
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
    /// Takes up what earlier lives have lost and not told long ago. What is damaged is one warning, and the counters begin at 0.
    /// Throws <see cref="FormatVersionException"/> when a newer collector has written it.
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
        else if (!(clock.GetUtcNow() - known.ToldAt > ToldOn))
        {
            losses._keptVersion = books.TakeUp(known);
        }

        return losses;
    }

    /// <summary>Makes durable what was counted, or told, since the last time. Throws <see cref="StorageException"/>; it is then kept the next time.</summary>
    public void Keep()
    {
        var losses = _books.Losses();
        if (losses.Version != _keptVersion)
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
        var losses = new Losses { ToldAt = toldAt == 0 ? null : DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Clamp(toldAt, 0, s_latestMoment)) };
        return TryRead(ref reader, losses.Bytes) && TryRead(ref reader, losses.Files) && reader is { Failed: false, AtEnd: true } ? losses : null;
    }

    /// <summary>A reason that this collector does not know is left out.</summary>
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is damaged; it is left out, and the loss counters begin at 0: losses of the last minutes that no scrape has seen are not in them")]
    private static partial void LogDamaged(ILogger logger, string file);
}
