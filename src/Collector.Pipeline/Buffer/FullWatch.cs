using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Logs once, with figures, that an output takes no records, or drops old ones, and once that this is over; in between the metrics
/// show it. Owned by the tail worker.
/// </summary>
internal sealed partial class FullWatch(OutputSettings settings, OutputBook book, TimeProvider clock, ILogger logger)
{
    /// <summary>A shorter time is the normal behaviour of a buffer that is being drained.</summary>
    private static readonly TimeSpan Noteworthy = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A buffer that is filled faster than it is drained has room for a moment after each object: that is not the end of being
    /// full.
    /// </summary>
    private static readonly TimeSpan Over = TimeSpan.FromSeconds(10);

    private Fullness? _dropping;
    private long _droppedAt;
    private long _fullSince;
    private long _fullAt;
    private bool _isFull;
    private FullReason? _told;

    /// <summary>An object was dropped to make room for new records.</summary>
    public void Dropped(Fullness? full)
    {
        _dropping = full is null ? _dropping : full with { IsDropping = true };
        _droppedAt = clock.GetTimestamp();
    }

    /// <summary>The current state; null: it takes records.</summary>
    public void Tell(Fullness? full)
    {
        if (_dropping is not null && clock.GetElapsedTime(_droppedAt) < Over)
        {
            full = _dropping;
        }

        book.SetFull(full);
        var now = clock.GetTimestamp();
        if (full is null)
        {
            if (_isFull && clock.GetElapsedTime(_fullAt) >= Over)
            {
                _isFull = false;
                TellOver();
            }

            return;
        }

        (_fullSince, _isFull, _fullAt) = (_isFull ? _fullSince : now, true, now);
        if (_told != full.Reason && (full.IsDropping || full.Reason is FullReason.NoSpace or FullReason.DiskError || clock.GetElapsedTime(_fullSince) >= Noteworthy))
        {
            _told = full.Reason;
            TellFull(full);
        }
    }

    private void TellFull(Fullness full)
    {
        if (full.IsDropping)
        {
            LogDropping(settings.Name, full.Why, full.Remedy);
        }
        else
        {
            LogFull(settings.Name, full.Why, full.Remedy);
        }
    }

    private void TellOver()
    {
        _dropping = null;
        if (_told is not null)
        {
            _told = null;
            LogOver(settings.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} takes no more records: {Why}; logs wait in their files, but kubelet's rotation deletes them after a while; {Remedy}")]
    private partial void LogFull(string output, string why, string remedy);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} drops its oldest objects for new records (whenFull: dropOldest): {Why}; dropped records are counted; {Remedy}")]
    private partial void LogDropping(string output, string why, string remedy);

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output} takes records again")]
    private partial void LogOver(string output);
}
