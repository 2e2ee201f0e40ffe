using System.Text.Json;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Loops;

namespace Collector.Kubernetes;

/// <summary>
/// Keeps a cache like the server's collection (DESIGN.md, The cycle): lists, then watches, and begins again where that ended.
/// It never gives up and never ends the process; how far behind it is stands in <see cref="State"/>.
/// </summary>
internal sealed partial class ResourceInformer(
    ResourceQuery query, ApiClient api, IResourceCache cache, Func<string, bool> keepsAnnotation, TimeSpan startWithin, TimeProvider clock, ILogger logger)
{
    /// <summary>A watch that lasted as long begins the counting of failures anew; shorter ones would allow a request rate without bounds.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private static readonly BackoffSchedule s_backoff = new(Min: TimeSpan.FromSeconds(1), Max: TimeSpan.FromSeconds(30), LeastShare: 0.5);

    /// <summary>A server that asks for more than this has a wrong clock.</summary>
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(5);

    /// <summary>Watches are ended by the server after a time between these, so that they spread over servers; client-go's.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(10);

    /// <summary>A list that brings no byte for so long has died.</summary>
    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long the end of a watch may be late.</summary>
    private static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(30);

    /// <summary>A server accepts a watch at once; one that does not within this is away.</summary>
    private static readonly TimeSpan AcceptPatience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A watch that was broken and taken up again brings a change or a bookmark within this: servers send a bookmark about every
    /// minute. One that was restored from a backup says nothing until it comes to the version that it is asked to go on from.
    /// </summary>
    private static readonly TimeSpan SignPatience = TimeSpan.FromSeconds(150);

    private readonly ApiReader _reader = new(keepsAnnotation);

    /// <summary>The newest version that was seen; empty: none yet.</summary>
    private string _version = "";

    /// <summary>Whether the next cycle begins with a list: there was none yet, or the server cannot go on from <see cref="_version"/>.</summary>
    private bool _mustList = true;

    /// <summary>Whether the server showed, since the last break, that it is not behind <see cref="_version"/>.</summary>
    private bool _isConfirmed = true;

    private int _failures;
    private bool _hasComplained;

    /// <summary>Ends what is waited for: a pause, or a watch that may be of the future.</summary>
    private readonly WakeSignal _nudged = new();

    public SyncState State { get; } = new(clock);

    /// <summary>
    /// Something shows that the API is there, or has more than was told: a pause for its sake is over. What the server asked for
    /// is obeyed, and a second lies between two tries. Thread safe.
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

    /// <summary>At least for what was asked for, and for the shortest pause; then until its time is over, or <see cref="TryNow"/>.</summary>
    private async Task PauseAsync(TimeSpan asked, CancellationToken stop)
    {
        var (least, whole) = (Max(asked, s_backoff.After(1)), Max(asked, s_backoff.After(++_failures)));
        await Task.Delay(least, clock, stop);
        await _nudged.SleepAsync(Max(whole - least, TimeSpan.Zero), clock, stop);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>One list, if one is needed, and one watch. Null: go on at once; else after at least that long.</summary>
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

    /// <summary>That a watch ends is ordinary; that nothing can be had is told once, until it can be had again.</summary>
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
    /// The first list takes what a server has in its cache; later ones go no further back than what was seen, whichever server
    /// answers. One that cannot serve that (it was restored from a backup, say) is asked for what there is now.
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
                // The pages came too slowly. The token that may be in this answer would mix two versions; all at once then.
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
        // What TryNow asked for has begun.
        _nudged.Forget();
        var first = events.MoveNextAsync().AsTask();
        if (!_isConfirmed)
        {
            // One that was taken up again brings something, before its time is over or something shows that it ought to.
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
            Take(events.Current.Type, events.Current.Object);
        }
    }

    private void Take(string type, ApiObject item)
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
                // Only who is throttled may go on from here; anything else says that the server cannot (410 mostly, 500 for what it cannot decode).
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
                LogListed(query.Path, listed);
            }
            else
            {
                LogGoesOn(query.Path);
            }

            if (count == 0 && query.FieldSelector.Length > 0)
            {
                LogNothing(query.Path, query.FieldSelector);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be asked of {Server}: {Why}; metadata is as old as that, logs are collected all the same")]
    private partial void LogFailed(string path, string server, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: {Why}; allow the service account to get, list and watch it, or switch off what needs it; logs are collected all the same")]
    private partial void LogForbidden(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} has nothing with {Selector}; if that is not this node's name in Kubernetes, set node, or NODE_NAME from spec.nodeName")]
    private partial void LogNothing(string path, string selector);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path}: {Why}")]
    private partial void LogAgain(string path, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path}: up to date ({Count} listed)")]
    private partial void LogListed(string path, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path}: up to date again")]
    private partial void LogGoesOn(string path);
}
