using System.Globalization;
using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Buffer;

/// <summary>The disk buffer of all outputs together (contract §2, <c>buffer</c>). Sizes in bytes.</summary>
public sealed record BufferSettings
{
    /// <summary>Open chunks reach the disk at least this often.</summary>
    public TimeSpan Sync { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>With less free space than this every output behaves as full; above the 10 % at which kubelet evicts.</summary>
    public FreeDisk MinFreeDisk { get; init; } = FreeDisk.OfPercent(12);

    /// <summary>Bytes of deleted, unread files that are held open. Above it the largest file is given up and counted.</summary>
    public long MaxDeletedUnread { get; init; } = 2L << 30;

    /// <summary>The limit of rejected objects that are kept.</summary>
    public long QuarantineMaxSize { get; init; } = 100L << 20;
}

/// <summary>Space that must stay free on the data dir's disk: a share of it, or a number of bytes.</summary>
public readonly record struct FreeDisk
{
    private FreeDisk(int? percent, long bytes) => (Percent, Bytes) = (percent, bytes);

    /// <summary>0 to 99; null when it was given in bytes.</summary>
    public int? Percent { get; }

    /// <summary>Without meaning when <see cref="Percent"/> is set.</summary>
    public long Bytes { get; }

    public static FreeDisk OfPercent(int percent) => new(percent, 0);

    public static FreeDisk OfBytes(long bytes) => new(null, bytes);

    /// <summary>The bytes that must stay free on a disk of <paramref name="total"/> bytes.</summary>
    public long On(long total) => Percent is { } percent ? total / 100 * percent : Bytes;

    /// <summary>Whether less than that is free.</summary>
    public bool IsBelow(long free, long total) => free < On(total);

    /// <summary>In words, with the bytes that a share comes to.</summary>
    public string Describe(long total) =>
        Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{percent} % ({Fullness.Bytes(On(total))})") : Fullness.Bytes(Bytes);
}
