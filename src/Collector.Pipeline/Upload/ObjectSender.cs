using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// One attempt to send one object: checks and marks it, sends it, and acts on the answer (DESIGN.md, the table). Several objects
/// may be in it at once; each belongs to one call until the backlog has it back, or has removed it.
/// </summary>
internal sealed partial class ObjectSender(
    OutputBuffer buffer, IObjectStore store, BacklogExits exits, Quarantine quarantine, Backoff backoff, Concurrency concurrency,
    CollectorMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// How long a verified body counts as whole: its pages are still in memory, and the disk had no time to lose them.
    /// </summary>
    internal static readonly TimeSpan WalkHolds = TimeSpan.FromSeconds(5);

    private const string NotUnderstood =
        "the store says this of keys that were never sent: it does not support \"create only if absent\", or a proxy in front of it "
        + "sends each request twice; allow the identity to read objects, so that the collector can recognize its own, or set deliveryMode: atLeastOnce";

    private readonly IStorageDirectory _directory = buffer.Directory;
    private readonly StoreAttempt _attempt = new(store, buffer.Settings.Retry.AttemptTimeout, clock);
    private readonly PoisonTest _poison = new();
    private readonly TakenKeys _taken = new();
    private readonly bool _isAtMostOnce = buffer.Settings.DeliveryMode == DeliveryMode.AtMostOnce;
    private int _isConditional = buffer.Settings.DeliveryMode == DeliveryMode.AtLeastOnce ? 0 : 1;
    private readonly ToldTrouble _told = new(clock);

    /// <summary>
    /// Throws <see cref="OperationCanceledException"/> when <paramref name="stop"/> came before everything was settled.
    /// </summary>
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

        await FinishAsync(item, header, put, isFirst, end, stop).ConfigureAwait(false);
    }

    /// <summary>This object alone is retried later; the others go on.</summary>
    public void Postpone(BacklogItem item)
    {
        item.Failures++;
        item.NotBefore = NotBefore(item.Failures);
        buffer.Backlog.Return(item);
    }

    private long NotBefore(int failures) => clock.GetTimestamp() + (long)(backoff.Delay(failures).TotalSeconds * clock.TimestampFrequency);

    /// <summary>
    /// Once in each process: compares the body with its checksum, and makes the mark durable that it may be in the store (I13);
    /// also an existing mark, because the sync after it may have failed. Null when it is damaged.
    /// </summary>
    private ObjectHeader? Prepare(BacklogItem item)
    {
        ObjectHeader? header;
        using (var file = _directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
            var lacksHash = header is { BodySha256: null } && store.NeedsSha256;

            // A hash that is computed now does not show what the body was when it was sealed.
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

    /// <summary>Sealing in place compared every frame with its checksum, and has not changed the body since.</summary>
    private bool WasJustWalked(BacklogItem item) => item.WalkedAt is { } when && clock.GetElapsedTime(when) < WalkHolds;

    private void Mark(BacklogItem item)
    {
        var isNew = !item.Attempted;
        if (isNew)
        {
            _directory.Rename(item.FileName, FileNames.Format(item.Seq, FileState.Attempted));
            item.Attempted = true;
        }

        try
        {
            _directory.Sync();
        }
        catch (StorageException) when (isNew)
        {
            // Nothing was sent: "already there" must not count as success at the next attempt.
            _directory.Rename(item.FileName, FileNames.Format(item.Seq, FileState.Object));
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

    private async Task FinishAsync(BacklogItem item, ObjectHeader header, ObjectToPut put, bool isFirst, AttemptEnd end, CancellationToken stop)
    {
        if (end.Result is not (AttemptResult.Stored or AttemptResult.AlreadyThere))
        {
            backoff.Failed(end.RetryAfter);
            buffer.Book.Failed(end.Result, end.Error is { } error ? $"{error.GetType().Name}; the full error is in the log" : end.Why);
        }

        // Marked as not sent, durably, whatever comes next: another collector's object must not count as this one at the next
        // attempt.
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
                await quarantine.AddAsync(item, stop).ConfigureAwait(false);
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

    /// <summary>The key exists, and we may not see with which object: try another key, if that makes sense.</summary>
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
    /// A damaged object is read again from its sources, if it was never sent and they still have it; else it is quarantined.
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
                await quarantine.AddAsync(item, stop).ConfigureAwait(false);
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
        if (_told.IsNews(end.Result, end.Why))
        {
            LogTrouble(buffer.Settings.Name, end.Result.ToString(), end.Why, buffer.Settings.Buffer.Fate);
        }
    }

    private void Recovered()
    {
        backoff.Succeeded();
        if (_told.TryForget())
        {
            LogRecovered(buffer.Settings.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is parked after the error below; it is skipped until a retry succeeds, and all other objects go on")]
    private partial void LogParked(string output, string @object, Exception? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: the store reports that {Key} already exists, though no earlier request was answered: most likely a load balancer repeated the request, and the identity may not read the object to check; the object is sent again under another key, so its records may be stored twice; allow the identity to read objects, or stop the load balancer from repeating PUT")]
    private partial void LogCollision(string output, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Store} cannot create an object only if it is absent ({Why}); from now on objects are sent without this condition, so two collectors with the same key could overwrite each other")]
    private partial void LogNoCondition(string output, string store, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is damaged on disk and is not sent; its records are read from the sources again, or the object is quarantined if the sources are gone; check the node's disk")]
    private partial void LogDamaged(string output, string @object);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} is quarantined, because the store rejects it while it accepts others: {Why}; the object stays on disk and is not sent again; collector buffer ls shows it")]
    private partial void LogQuarantined(string output, string @object, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: {Outcome}: {Why}; records wait on disk and the collector retries; {Fate}")]
    private partial void LogTrouble(string output, string outcome, string why, string fate);

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output}: uploads succeed again")]
    private partial void LogRecovered(string output);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output} has dropped {Records} records, because the only attempt that atMostOnce allows failed: {Why}")]
    private partial void LogDropped(string output, long records, string why);
}
