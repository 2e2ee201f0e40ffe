using System.Text.Json;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;

namespace Collector.Kubernetes;

/// <summary>
/// Keeps a cache equal to the server's collection (DESIGN.md, The cycle): lists, then watches, and starts again after a break. It
/// never gives up and never ends the process; <see cref="State"/> says how far behind it is.
/// </summary>
internal sealed partial class ResourceInformer(
    ResourceQuery query, ApiClient api, IResourceCache cache, Func<string, bool> keepsAnnotation, TimeSpan startWithin, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// A watch of at least this length resets the failure count; shorter ones would allow an unbounded request rate.
    /// </summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private static readonly BackoffSchedule s_backoff = new(Min: TimeSpan.FromSeconds(1), Max: TimeSpan.FromSeconds(30), LeastShare: 0.5);

    /// <summary>A server that requests a longer pause has a wrong clock.</summary>
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(5);

    /// <summary>The server ends a watch after a random time between these, so that watches spread over the servers; the limits are client-go's.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(10);

    /// <summary>A list without a byte for this long has died.</summary>
    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long the end of a watch may be late.</summary>
    private static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(30);

    /// <summary>A server accepts a watch at once; one that takes longer is away.</summary>
    private static readonly TimeSpan AcceptPatience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A resumed watch brings a change or a bookmark within this time: servers send a bookmark about every minute. A server that
    /// was restored from a backup is silent until it reaches the version that it is asked to continue from.
    /// </summary>
    private static readonly TimeSpan SignPatience = TimeSpan.FromSeconds(150);

    private readonly ApiReader _reader = new(keepsAnnotation);

    /// <summary>The newest version that was seen; empty: none yet.</summary>
    private string _version = "";

    /// <summary>
    /// Whether the next cycle begins with a list: there was none yet, or the server cannot continue from {_version}.
    /// </summary>
    private bool _mustList = true;

    /// <summary>Whether the server showed, since the last break, that it is not behind {_version}.</summary>
    private bool _isConfirmed = true;

    private int _failures;
    private bool _hasComplained;

    /// <summary>Cancels the current wait: a pause, or a watch from a version that the server may not have yet.</summary>
    private readonly WakeSignal _nudged = new();

    public SyncState State { get; } = new(clock);

    /// <summary>
    /// A sign that the API is reachable, or has more than it sent: it ends the current pause. The server's own Retry-After is
    /// obeyed, and a second lies between two tries. Thread safe.
    /// </summary>
    public void TryNow() => _nudged.Wake();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(startWithin * Random.Shared.NextDouble(), clock, stop);
            while (true)
            {
                var began = clock.GetTimestamp();
                var asked = await TryCycleAsync(stop);
                _failures = clock.GetElapsedTime(began) >= Stable ? 0 : _failures;
                if (asked is { } pause)
                {
                    await PauseAsync(pause, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The way to end it.
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>
    /// At least the server's requested pause, and the shortest pause; then until the time is over, or <see cref="TryNow"/>.
    /// </summary>
    private async Task PauseAsync(TimeSpan asked, CancellationToken stop)
    {
        var (least, whole) = (Max(asked, s_backoff.After(1)), Max(asked, s_backoff.After(++_failures)));
        await Task.Delay(least, clock, stop);
        await _nudged.SleepAsync(Max(whole - least, TimeSpan.Zero), clock, stop);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>One list, if needed, and one watch. Null: continue at once; else after at least that long.</summary>
    private async Task<TimeSpan?> TryCycleAsync(CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        try
        {
            if (_mustList)
            {
                await ListAsync(stop);
            }

            await WatchAsync(stop);
            return clock.GetElapsedTime(began) >= Stable ? null : TimeSpan.Zero;
        }
        catch (Exception e) when (e is not OutOfMemoryException && !stop.IsCancellationRequested)
        {
            _mustList |= e is ApiException { NeedsList: true };
            _isConfirmed = false;
            Complain(e, wasExpired: e is ApiException { IsExpired: true });
            State.Lost(isRefused: e is ApiException { IsRefusal: true });
            var asked = (e as ApiException)?.RetryAfter ?? TimeSpan.Zero;
            return asked < MostAsked ? Max(asked, TimeSpan.Zero) : MostAsked;
        }
    }

    /// <summary>The end of a watch is ordinary; a failure is logged once, until the API answers again.</summary>
    private void Complain(Exception e, bool wasExpired)
    {
        if (wasExpired || State.IsSynced || _hasComplained)
        {
            LogAgain(query.Path, e.Message);
            return;
        }

        _hasComplained = true;
        if (e is ApiException { Code: StatusCodes.Status403Forbidden })
        {
            LogForbidden(query.Path, e.Message);
        }
        else
        {
            LogFailed(query.Path, api.Target, ApiClient.Reason(e));
        }
    }

    /// <summary>
    /// The first list accepts the server's cache; later lists accept nothing older than what was seen, whichever server answers. A
    /// server that cannot serve that version (after a restore, say) is asked for its current one.
    /// </summary>
    private async Task ListAsync(CancellationToken stop)
    {
        try
        {
            await ListAsync(_version.Length > 0 ? _version : ResourceQuery.AnyVersion, stop);
        }
        catch (ApiException e) when (_version.Length > 0 && (e.IsExpired || e.IsAhead))
        {
            LogAgain(query.Path, e.Message);
            await ListAsync(ResourceQuery.NewestVersion, stop);
        }
    }

    private async Task ListAsync(string version, CancellationToken stop)
    {
        var items = new List<ApiObject>();
        var page = await ReadPageAsync(query.List(version), items, stop);
        while (page.Continue is { Length: > 0 } next)
        {
            try
            {
                page = await ReadPageAsync(query.ListOn(next), items, stop);
            }
            catch (ApiException e) when (e.IsExpired)
            {
                // The pages came too slowly. A continue token in this answer would mix two versions, so the next list asks for
                // everything at once.
                items.Clear();
                page = await ReadPageAsync(query.Whole(version), items, stop);
            }
        }

        cache.Replace(items);
        _version = page.ResourceVersion;
        _mustList = false;
        _isConfirmed = true;
        Synced(items.Count);
    }

    private async Task<ListPage> ReadPageAsync(string path, List<ApiObject> items, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(ListPatience);
        using var response = await api.GetAsync(KubernetesVerb.List, path, patience.Token);
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        var page = await _reader.ReadListAsync(new PatientStream(body, patience, ListPatience), items, patience.Token);
        return page.ResourceVersion is { Length: > 0 } ? page : throw new JsonException("the list has no resourceVersion");
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var time = ShortestWatch + ((LongestWatch - ShortestWatch) * Random.Shared.NextDouble());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(AcceptPatience);
        using var response = await api.GetAsync(KubernetesVerb.Watch, query.Watch(_version, time), patience.Token);
        patience.CancelAfter(time + WatchPatience);
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        await using var events = _reader.ReadEventsAsync(body, patience.Token).GetAsyncEnumerator(patience.Token);
        Synced(count: null);
        // The request of TryNow has begun.
        _nudged.Forget();
        var first = events.MoveNextAsync().AsTask();
        if (!_isConfirmed)
        {
            // A resumed watch brings something before its time is over, or before a sign shows that it should have.
            using var sign = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var silence = _nudged.SleepAsync(SignPatience, clock, sign.Token);
            await Task.WhenAny(first, silence);
            await sign.CancelAsync();
            await silence;
            if (!first.IsCompleted)
            {
                await patience.CancelAsync();
                await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _mustList = true;
                return;
            }
        }

        for (var isThere = await first; isThere; isThere = await events.MoveNextAsync())
        {
            Apply(events.Current.Type, events.Current.Object);
        }
    }

    private void Apply(string type, ApiObject item)
    {
        switch (type)
        {
            case "ADDED" or "MODIFIED":
                cache.Put(item);
                break;
            case "DELETED":
                cache.Remove(item);
                break;
            case "ERROR":
                // Only a throttled client may continue from here; any other error means that the server cannot (410 mostly, 500 for
                // what it cannot decode).
                _mustList = item.Code != StatusCodes.Status429TooManyRequests;
                throw new ApiException(item.Code, item.Message);
        }

        _isConfirmed = true;
        if (item.ResourceVersion.Length > 0)
        {
            _version = item.ResourceVersion;
        }
    }

    private void Synced(int? count)
    {
        if (!State.IsSynced)
        {
            State.Found();
            _hasComplained = false;
            if (count is { } listed)
            {
                LogListed(query.Kind, listed);
            }
            else
            {
                LogGoesOn(query.Path);
            }

            if (count == 0 && query.FieldSelector.Length > 0)
            {
                LogNothing(query.Kind, query.FieldSelector);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be read from {Server}: {Why}; metadata stays as old as the last answer, and logs are still collected")]
    private partial void LogFailed(string path, string server, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: {Why}; allow the service account to get, list and watch it, or switch off the key that needs it; logs are still collected")]
    private partial void LogForbidden(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kubernetes has no {Kind} with {Selector}, so no log gets its metadata. If the node has another name there, set node, or NODE_NAME from spec.nodeName")]
    private partial void LogNothing(string kind, string selector);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path}: {Why}")]
    private partial void LogAgain(string path, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} metadata is up to date (listed: {Count})")]
    private partial void LogListed(string kind, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path}: the watch works again; metadata is up to date")]
    private partial void LogGoesOn(string path);
}
