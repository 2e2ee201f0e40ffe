using System.Threading.Channels;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Storage;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>What the uploader asks of the tail, whose thread does it.</summary>
/// <param name="TryUncover">Gives coverage back so that the sources are read again; false when they do not hold all of it.</param>
internal sealed record UploaderServices(Func<CoverageMap, Task<bool>> TryUncover);

/// <summary>
/// Sends the sealed objects of one output, oldest first, one in flight a prefix (DESIGN.md beside this file). The dispatcher
/// is one loop; each attempt is a task of its own.
/// </summary>
internal sealed partial class Uploader(
    OutputBuffer buffer, IObjectStore store, UploaderServices services, Numbering numbering, CollectorMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <summary>Attempts in flight: enough to hide a store's latency, few enough for a node's memory and sockets.</summary>
    private const int MaxInFlight = 4;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly Backoff _backoff = new(buffer.Settings.MinBackoff, buffer.Settings.MaxBackoff, clock);
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IStorageDirectory _directory = buffer.Directory;
    private readonly Quarantine _quarantine = new(buffer);
    private bool _knowsCondition = true;
    private long _successes;
    private int _inFlight;

    /// <summary>Why the output waits; null while it does not.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Attempts in flight.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Sends until <paramref name="stop"/>; attempts then in flight are cancelled by it, too.</summary>
    public async Task RunAsync(Heartbeat heartbeat, CancellationToken stop)
    {
        buffer.Backlog.Changed += Wake;
        var running = new List<Task>();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                heartbeat.Beat();
                running.RemoveAll(t => t.IsCompleted && Observe(t));
                while (running.Count < MaxInFlight && !_backoff.IsWaiting && buffer.Backlog.TakeForUpload(clock.GetTimestamp()) is { } item)
                {
                    Interlocked.Increment(ref _inFlight);
                    running.Add(Task.Run(() => SendAsync(item, stop), CancellationToken.None));
                }

                await WaitAsync(stop).ConfigureAwait(false);
            }
        }
        finally
        {
            buffer.Backlog.Changed -= Wake;
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    private static bool Observe(Task task)
    {
        task.GetAwaiter().GetResult();
        return true;
    }

    private void Wake() => _changed.Writer.TryWrite(true);

    private async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            var wait = _backoff.IsWaiting && _backoff.Remaining < Idle ? _backoff.Remaining : Idle;
            await _changed.Reader.ReadAsync(stop).AsTask().WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), clock, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Looked at anyway: a pause may be over.
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token.
        }
    }

    /// <summary>One object, one attempt. I6: what goes wrong with one object stays with it.</summary>
    private async Task SendAsync(BacklogItem item, CancellationToken stop)
    {
        try
        {
            await TrySendAsync(item, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            buffer.Backlog.Return(item);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogParked(buffer.Settings.Name, item.FileName, e);
            Postpone(item);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            Wake();
        }
    }

    private async Task TrySendAsync(BacklogItem item, CancellationToken stop)
    {
        if (ReadChecked(item) is not { } header)
        {
            await RescueAsync(item).ConfigureAwait(false);
            return;
        }

        var isFirst = !item.Attempted;
        MarkAttempted(item);
        var isAtMostOnce = buffer.Settings.DeliveryMode == DeliveryMode.AtMostOnce;
        if (isAtMostOnce)
        {
            buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage);
        }

        var started = clock.GetTimestamp();
        var result = await AttemptAsync(item, header, stop).ConfigureAwait(false);
        var outcome = isFirst && result.Status == PutStatus.AlreadyThere && IsConditional ? AttemptResult.KeyCollision : Enum.Parse<AttemptResult>(result.Status.ToString());
        metrics.UploadAttempted(buffer.Book, outcome, clock.GetElapsedTime(started));
        if (isAtMostOnce && outcome != AttemptResult.Stored)
        {
            Drop(item, header, result);
            return;
        }

        await SettleAsync(item, header, outcome, result, stop).ConfigureAwait(false);
    }

    private bool IsConditional => _knowsCondition && buffer.Settings.DeliveryMode != DeliveryMode.AtLeastOnce;

    private async Task<PutResult> AttemptAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = clock.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), deadline, buffer.Settings.AttemptTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            return await store.PutAsync(
                new ObjectToPut
                {
                    Key = header.Key,
                    ContentType = header.ContentType,
                    Metadata = header.Metadata,
                    Length = header.BodyLength,
                    Sha256 = header.BodySha256,
                    OnlyIfAbsent = IsConditional,
                    OpenBody = () => new ObjectBody(_directory.Open(item.FileName), header.BodyOffset, header.BodyLength),
                },
                deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new PutResult(PutStatus.Unavailable, $"no answer within attemptTimeout ({buffer.Settings.AttemptTimeout.TotalSeconds} s)");
        }
    }

    private async Task SettleAsync(BacklogItem item, ObjectHeader header, AttemptResult outcome, PutResult result, CancellationToken stop)
    {
        switch (outcome)
        {
            case AttemptResult.Stored or AttemptResult.AlreadyThere:
                Recovered();
                await FoldAsync(item, header, stop).ConfigureAwait(false);
                break;
            case AttemptResult.KeyCollision:
                LogCollision(buffer.Settings.Name, header.Key);
                GiveNewKey(item);
                break;
            case AttemptResult.ConditionUnsupported:
                LogNoCondition(buffer.Settings.Name, store.Description, result.Message);
                _knowsCondition = false;
                buffer.Backlog.Return(item);
                break;
            case AttemptResult.Rejected:
                Rejected(item, result);
                break;
            default:
                Failed(outcome, result);
                buffer.Backlog.Return(item);
                break;
        }
    }

    /// <summary>The header, if it and, once a process, the body still check; null when they do not.</summary>
    private ObjectHeader? ReadChecked(BacklogItem item)
    {
        using var file = _directory.Open(item.FileName);
        var header = ObjectHeader.Read(file, item.FileName);
        item.IsChecked = item.IsChecked || (header is not null && ObjectFile.BodyChecks(file, header));
        return item.IsChecked ? header : null;
    }

    private void MarkAttempted(BacklogItem item)
    {
        if (!item.Attempted)
        {
            _directory.Rename(item.FileName, FileNames.Of(item.Seq, FileState.Attempted));
            item.Attempted = true;
            _directory.Sync();
        }
    }

    /// <summary>A damaged object is read again from its sources, if it was never sent and they still hold it; else it is kept aside.</summary>
    private async Task RescueAsync(BacklogItem item)
    {
        ObjectHeader? header;
        using (var file = _directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
        }

        LogDamaged(buffer.Settings.Name, item.FileName);
        if (header is not null && !item.Attempted && await services.TryUncover(header.Coverage).ConfigureAwait(false))
        {
            ObjectFile.Remove(_directory, item.FileName, header.FromReserve);
            _directory.Sync();
            buffer.Space.Add(-item.FileBytes);
            buffer.Book.GivenBack(item.Records, item.FileBytes, BufferState.Sealed);
            buffer.Backlog.Remove(item);
            return;
        }

        _quarantine.Take(item);
    }

    private async Task FoldAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage);
                break;
            }
            catch (StorageException e)
            {
                // It is stored: sending it once more would do no harm, but waiting is enough.
                LogFoldFailed(buffer.Settings.Name, e.Message);
                await Task.Delay(Idle, clock, stop).ConfigureAwait(false);
            }
        }

        Interlocked.Increment(ref _successes);
        ObjectFile.Remove(_directory, item.FileName, header.FromReserve);
        buffer.Space.Add(-item.FileBytes);
        buffer.Book.Uploaded(item.Records, item.FileBytes, header.BodyLength);
        buffer.Backlog.Remove(item);
    }

    private void GiveNewKey(BacklogItem item)
    {
        var copy = ObjectFile.CopyWithNewKey(_directory, item.FileName, numbering);
        _directory.Delete(item.FileName);
        _directory.Sync();
        buffer.Backlog.Replace(item, new BacklogItem(copy.Seq, copy.OpenedAt, item.Prefix) { State = ItemState.Sealed, Records = item.Records, FileBytes = item.FileBytes });
    }

    /// <summary>I5: poison only by comparison. Rejected for good, and another object of this output has succeeded since.</summary>
    private void Rejected(BacklogItem item, PutResult result)
    {
        var successes = Interlocked.Read(ref _successes);
        item.RejectedAt ??= successes;
        if (successes > item.RejectedAt)
        {
            LogQuarantined(buffer.Settings.Name, item.FileName, result.Message);
            _quarantine.Take(item);
            return;
        }

        Trouble = result.Message;
        LogTrouble(buffer.Settings.Name, nameof(AttemptResult.Rejected), result.Message);
        Postpone(item);
    }

    private void Postpone(BacklogItem item)
    {
        item.Failures++;
        item.NotBefore = clock.GetTimestamp() + (long)(_backoff.Delay(item.Failures).TotalSeconds * clock.TimestampFrequency);
        buffer.Backlog.Return(item);
    }

    private void Failed(AttemptResult outcome, PutResult result)
    {
        if (Trouble != result.Message)
        {
            LogTrouble(buffer.Settings.Name, outcome.ToString(), result.Message);
        }

        Trouble = result.Message;
        _backoff.Failed(result.RetryAfter);
    }

    private void Recovered()
    {
        _backoff.Succeeded();
        if (Trouble is not null)
        {
            Trouble = null;
            LogRecovered(buffer.Settings.Name);
        }
    }

    private void Drop(BacklogItem item, ObjectHeader header, PutResult result)
    {
        LogDropped(buffer.Settings.Name, item.Records, result.Message);
        ObjectFile.Remove(_directory, item.FileName, header.FromReserve);
        buffer.Space.Add(-item.FileBytes);
        buffer.Book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, DropReason.AttemptFailed);
        buffer.Backlog.Remove(item);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is parked after an error and tried again")]
    private partial void LogParked(string output, string @object, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: there is an object {Key} already, although it was never sent from here; it gets a new chunk id")]
    private partial void LogCollision(string output, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Store} cannot create only if absent ({Why}); plain puts from now on")]
    private partial void LogNoCondition(string output, string store, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is damaged on disk; it is read again from its sources, or quarantined")]
    private partial void LogDamaged(string output, string @object);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the positions cannot be written now: {Why}; tried again")]
    private partial void LogFoldFailed(string output, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is rejected while others are stored, and quarantined: {Why}")]
    private partial void LogQuarantined(string output, string @object, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Outcome}: {Why}; it waits and tries again, nothing is dropped")]
    private partial void LogTrouble(string output, string outcome, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output}: stores again")]
    private partial void LogRecovered(string output);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Records} records dropped, because the one attempt that atMostOnce allows failed: {Why}")]
    private partial void LogDropped(string output, long records, string why);
}
