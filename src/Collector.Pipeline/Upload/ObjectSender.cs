using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// One object, one attempt: checks and marks it, sends it, and does what the answer asks for (DESIGN.md, the table). Several
/// objects may be in it at once; each is one call's until the backlog has it back, or has it no more.
/// </summary>
internal sealed partial class ObjectSender(
    OutputBuffer buffer, IObjectStore store, BacklogExits exits, Quarantine quarantine, Backoff backoff, Concurrency concurrency,
    CollectorMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <summary>How long what was read whole is taken for whole: the pages are still in memory, a disk has had no time to lose them.</summary>
    internal static readonly TimeSpan WalkHolds = TimeSpan.FromSeconds(5);

    private const string NotUnderstood =
        "the store says that of keys that were never sent, one after the other: it does not understand \"create only if absent\", or something before it "
        + "sends each request twice; let the identity read its objects, so that it can see that they are its own, or write deliveryMode: atLeastOnce";

    private readonly IStorageDirectory _directory = buffer.Directory;
    private readonly StoreAttempt _attempt = new(store, buffer.Settings.Retry.AttemptTimeout, clock);
    private readonly PoisonTest _poison = new();
    private readonly TakenKeys _taken = new();
    private readonly bool _isAtMostOnce = buffer.Settings.DeliveryMode == DeliveryMode.AtMostOnce;
    private int _isConditional = buffer.Settings.DeliveryMode == DeliveryMode.AtLeastOnce ? 0 : 1;
    private string? _trouble;

    /// <summary>Throws <see cref="OperationCanceledException"/> when <paramref name="stop"/> came before all was settled.</summary>
    public async Task SendAsync(BacklogItem item, CancellationToken stop)
    {
        var isFirst = !item.Attempted;
        if (Prepare(item) is not { } header)
        {
            await RescueAsync(item, stop).ConfigureAwait(false);
            return;
        }

        if (_isAtMostOnce)
        {
            await exits.FoldUnsentAsync(item, header, stop).ConfigureAwait(false);
        }

        var put = ToPut(item, header);
        var begun = _poison.Begin();
        var epoch = concurrency.Begin();
        var started = clock.GetTimestamp();
        var end = await _attempt.SendAsync(put, !isFirst && !_taken.IsDoubted, stop).ConfigureAwait(false);
        metrics.UploadAttempted(buffer.Book, end.Result, clock.GetElapsedTime(started));
        if (end.Result == AttemptResult.Stored)
        {
            _poison.Stored(begun);
            _taken.Stored();
            concurrency.Stored();
        }
        else if (end.Result == AttemptResult.Throttled)
        {
            concurrency.Throttled(epoch);
        }

        await SettleAsync(item, header, put, isFirst, end, stop).ConfigureAwait(false);
    }

    /// <summary>It alone is tried again later; the others go on.</summary>
    public void Postpone(BacklogItem item)
    {
        item.Failures++;
        item.NotBefore = NotBefore(item.Failures);
        buffer.Backlog.Return(item);
    }

    private long NotBefore(int failures) => clock.GetTimestamp() + (long)(backoff.Delay(failures).TotalSeconds * clock.TimestampFrequency);

    /// <summary>
    /// Once a process: compares the body with its checksum, and makes the mark durable that it may be in the store (I13); also
    /// a mark that is there already, as the sync that should have followed it may have failed. Null when it is damaged.
    /// </summary>
    private ObjectHeader? Prepare(BacklogItem item)
    {
        ObjectHeader? header;
        using (var file = _directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
            var lacksHash = header is { BodySha256: null } && store.NeedsSha256;

            // A hash that is taken now says nothing of what the body was when it was sealed.
            if (header is null || ((!item.IsChecked || lacksHash) && !WasJustWalked(item) && !ObjectFile.BodyChecks(file, item.FileName, header)))
            {
                return null;
            }

            if (lacksHash)
            {
                header = header with { BodySha256 = ObjectFile.Sha256(file, header) };
            }
        }

        if (!item.IsChecked)
        {
            Mark(item);
            item.IsChecked = true;
        }

        return header;
    }

    /// <summary>Sealing in place compared every frame with its checksum, and has not touched the body since.</summary>
    private bool WasJustWalked(BacklogItem item) => item.WalkedAt is { } when && clock.GetElapsedTime(when) < WalkHolds;

    private void Mark(BacklogItem item)
    {
        var isNew = !item.Attempted;
        if (isNew)
        {
            _directory.Rename(item.FileName, FileNames.Of(item.Seq, FileState.Attempted));
            item.Attempted = true;
        }

        try
        {
            _directory.Sync();
        }
        catch (StorageException) when (isNew)
        {
            // Nothing was sent: "already there" must not pass for success at the next attempt.
            _directory.Rename(item.FileName, FileNames.Of(item.Seq, FileState.Object));
            item.Attempted = false;
            throw;
        }
    }

    private ObjectToPut ToPut(BacklogItem item, ObjectHeader header) => new()
    {
        Key = header.Key,
        ContentType = header.ContentType,
        Metadata = header.Metadata,
        Length = header.BodyLength,
        Sha256 = header.BodySha256 ?? default(ReadOnlyMemory<byte>),
        OnlyIfAbsent = Volatile.Read(ref _isConditional) == 1,
        OpenBody = () => SealedBody.Open(_directory.Open(item.FileName), header),
    };

    private async Task SettleAsync(BacklogItem item, ObjectHeader header, ObjectToPut put, bool isFirst, AttemptEnd end, CancellationToken stop)
    {
        if (end.Result is not (AttemptResult.Stored or AttemptResult.AlreadyThere))
        {
            backoff.Failed(end.RetryAfter);
            buffer.Book.Failed(end.Result, end.Error is { } error ? $"{error.GetType().Name}; the log has the whole error" : end.Why);
        }

        // As if not sent, durably, whatever comes next: another's object must not be taken for this one at the next attempt.
        if (end.IsTaken && isFirst)
        {
            await exits.UnmarkAsync(item, stop).ConfigureAwait(false);
        }

        switch (end.Result)
        {
            case AttemptResult.Stored or AttemptResult.AlreadyThere:
                Recovered();
                await exits.StoredAsync(item, header, stop).ConfigureAwait(false);
                break;
            case AttemptResult.ConditionUnsupported when put.OnlyIfAbsent:
                ForgetCondition(end);
                Postpone(item);
                break;
            case var _ when _isAtMostOnce:
                LogDropped(buffer.Settings.Name, item.Records, end.Why);
                await exits.DropAsync(item, header, stop).ConfigureAwait(false);
                break;
            case AttemptResult.KeyCollision:
                await RenewAsync(item, header, isFirst, end, stop).ConfigureAwait(false);
                break;
            case AttemptResult.Rejected when _poison.Rejected(item):
                LogQuarantined(buffer.Settings.Name, item.FileName, end.Why);
                await quarantine.TakeAsync(item, stop).ConfigureAwait(false);
                break;
            default:
                Failed(item, end, stop);
                break;
        }
    }

    /// <summary>Nothing is lost, and nothing moves on: the same bytes go to the same key again.</summary>
    private void Failed(BacklogItem item, AttemptEnd end, CancellationToken stop)
    {
        if (end.Result == AttemptResult.Broken)
        {
            if (!stop.IsCancellationRequested)
            {
                LogParked(buffer.Settings.Name, item.FileName, end.Error);
            }
        }
        else
        {
            Tell(end);
        }

        Postpone(item);
    }

    /// <summary>The key is taken, and we may not see by what: another key, if that is worth a try.</summary>
    private async Task RenewAsync(BacklogItem item, ObjectHeader header, bool isFirst, AttemptEnd end, CancellationToken stop)
    {
        if (isFirst && _taken.MayRenew(item, out var moment))
        {
            LogCollision(buffer.Settings.Name, header.Key);
            await exits.RenewKeyAsync(item, header, NotBefore(1), moment, stop).ConfigureAwait(false);
            return;
        }

        Failed(item, end with { Why = $"{end.Why}; {NotUnderstood}" }, stop);
    }

    /// <summary>
    /// A damaged object is read again from its sources, if it was never sent and they still hold it; else it is kept aside.
    /// </summary>
    private async Task RescueAsync(BacklogItem item, CancellationToken stop)
    {
        LogDamaged(buffer.Settings.Name, item.FileName);
        ObjectHeader? header;
        using (var file = _directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
        }

        var result = header is null || item.Attempted
            ? UncoverResult.Gone
            : await exits.TryGiveBackAsync(item, header, stop).ConfigureAwait(false);
        switch (result)
        {
            case UncoverResult.Gone:
                await quarantine.TakeAsync(item, stop).ConfigureAwait(false);
                break;
            case UncoverResult.NotNow:
                Postpone(item);
                break;
        }
    }

    private void ForgetCondition(AttemptEnd end)
    {
        if (Interlocked.Exchange(ref _isConditional, 0) == 1)
        {
            LogNoCondition(buffer.Settings.Name, store.Description, end.Why);
        }
    }

    private void Tell(AttemptEnd end)
    {
        if (Interlocked.Exchange(ref _trouble, end.Why) != end.Why)
        {
            LogTrouble(buffer.Settings.Name, end.Result.ToString(), end.Why);
        }
    }

    private void Recovered()
    {
        backoff.Succeeded();
        if (Interlocked.Exchange(ref _trouble, null) is not null)
        {
            LogRecovered(buffer.Settings.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is parked after the error below; it is tried again after a pause, and the other objects go on")]
    private partial void LogParked(string output, string @object, Exception? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: the store has an object {Key} already, though nothing was answered to us before: most likely a balancer on the way has sent our request twice, and we are not let look; ours is sent under another key, with a new chunk id, so its records may be there twice; let the identity read its objects, or keep the balancer from repeating PUT")]
    private partial void LogCollision(string output, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Store} cannot create an object only if it is absent ({Why}); objects are sent without that condition from now on, so nothing keeps two collectors from writing one key")]
    private partial void LogNoCondition(string output, string store, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is damaged on disk and is not sent; its records are read from the sources again, or it is quarantined where the sources are gone; check the node's disk")]
    private partial void LogDamaged(string output, string @object);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is rejected while others are stored, and quarantined: {Why}; it stays on disk and is not sent again; collector buffer ls shows it")]
    private partial void LogQuarantined(string output, string @object, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Outcome}: {Why}; it waits and tries again, nothing is dropped")]
    private partial void LogTrouble(string output, string outcome, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output} stores again")]
    private partial void LogRecovered(string output);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output} has dropped {Records} records, because the one attempt that atMostOnce allows has failed: {Why}")]
    private partial void LogDropped(string output, long records, string why);
}
