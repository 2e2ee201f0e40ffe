using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Kubernetes;

/// <summary>Answers one authorised request of a <see cref="FakeApi"/>; the rules are written there.</summary>
internal sealed class ApiAnswer(HttpContext context, ApiStore store, ApiFaults faults, CancellationToken end)
{
    /// <summary>The real server sends one about every minute; a test cannot wait for that.</summary>
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMilliseconds(500);

    private IQueryCollection Query => context.Request.Query;

    public async Task GiveAsync(string verb, string resource)
    {
        string[] accepted = [.. context.Request.Headers.Accept.SelectMany(a => a!.Split(',')).Select(a => a.Split(';')[0].Trim())];
        if (accepted.Length > 0 && !accepted.Intersect(["application/json", "application/*", "*/*"]).Any()) throw new ApiStatusException(406, "NotAcceptable", "only the following media types are accepted: application/json");
        FieldSelector selector = FieldSelector.Parse(Query["fieldSelector"].ToString(), resource);
        if (verb == "list") await ListAsync(resource, selector);
        else if (verb == "watch") await WatchAsync(resource, selector);
        else throw new ApiStatusException(404, "NotFound", "the server could not find the requested resource");
    }

    public async Task RefuseAsync(ApiStatusException refusal)
    {
        context.Response.StatusCode = refusal.Code;
        if (refusal.RetryAfter is { } pause) context.Response.Headers.RetryAfter = ((int)pause.TotalSeconds).ToString();
        await WriteAsync(Encode(refusal.ToJson()));
    }

    private static byte[] Encode(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString() + "\n");

    private static string KindOf(string resource) => resource switch { "pods" => "Pod", "nodes" => "Node", _ => "Namespace" };

    private static long ParseVersion(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? version : throw ApiStatusException.BadRequest($"invalid resource version \"{text}\"");

    private async Task ListAsync(string resource, FieldSelector selector)
    {
        string token = Query["continue"].ToString(), given = Query["resourceVersion"].ToString();
        if (token.Length > 0 && given is not ("" or "0")) throw ApiStatusException.BadRequest("specifying resource version is not allowed when using continue");
        if (given.Length > 0 && ParseVersion(given) is var asOf && asOf > store.Version) throw ApiStatusException.TooLarge(asOf, store.Version);
        int limit = int.TryParse(Query["limit"], out int asked) && asked > 0 ? asked : int.MaxValue;
        if (limit < int.MaxValue && given is not ("" or "0")) throw ApiStatusException.BadRequest("a version with a limit is that very version, which the tests' server does not keep");
        if (given == "0" && token.Length == 0 && !faults.ListsFromStorage) limit = int.MaxValue;
        (long? at, string after) = token.Length > 0 ? ReadToken(token) : (null, "");
        if (at < store.Compacted)
        {
            throw ApiStatusException.Expired("The provided continue parameter is too old to display a consistent list result.", MakeToken(-1, after));
        }

        (IReadOnlyList<(string Key, JsonObject Item)> items, long version) = store.List(resource, selector, after);
        string next = items.Count > limit ? MakeToken(at ?? version, items[limit - 1].Key) : "";
        var list = new JsonObject
        {
            ["kind"] = KindOf(resource) + "List",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = (at ?? version).ToString() },
            ["items"] = new JsonArray([.. items.Take(limit).Select(i => i.Item.DeepClone())]),
        };
        if (next.Length > 0) list["metadata"]!["continue"] = next;
        faults.Answered("list");
        await WriteAsync(Encode(list));
    }

    private static string MakeToken(long version, string after) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version} {after}"));

    private static (long? Version, string After) ReadToken(string token)
    {
        try
        {
            string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split(' ', 2);
            return (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException)
        {
            throw ApiStatusException.BadRequest("continue key is not valid");
        }
    }

    private async Task WatchAsync(string resource, FieldSelector selector)
    {
        long at = Query["resourceVersion"].ToString() is { Length: > 0 } given ? ParseVersion(given) : throw ApiStatusException.BadRequest("the tests' server wants a version to watch from");
        bool hasBookmarks = Query["allowWatchBookmarks"] == "true";
        using var time = new CancellationTokenSource();
        if (int.TryParse(Query["timeoutSeconds"], out int seconds)) time.CancelAfter(TimeSpan.FromSeconds(seconds));
        using var any = CancellationTokenSource.CreateLinkedTokenSource(end, time.Token, faults.Cut);
        await WriteAsync(default);
        try
        {
            if (faults.TakeFailure() is { } failure) throw failure;
            store.RequireUncompacted(at);
            while (true)
            {
                if (faults.ExpiresWatches) throw ApiStatusException.Expired($"too old resource version: {at} ({store.Version})");
                (IReadOnlyList<ApiChange> changes, Task next) = store.ChangesBehind(at, resource);
                foreach (ApiChange change in changes)
                {
                    await TellAsync(change, selector);
                    at = change.Version;
                }

                await Task.WhenAny(next, Task.Delay(BookmarkInterval, any.Token));
                any.Token.ThrowIfCancellationRequested();
                if (hasBookmarks && !next.IsCompleted && store.Version >= at) await WriteAsync(Encode(Event("BOOKMARK", Bookmark(resource, at = store.Version))));
            }
        }
        catch (ApiStatusException e)
        {
            await WriteAsync(Encode(Event("ERROR", e.ToJson())));
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !end.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private async Task TellAsync(ApiChange change, FieldSelector selector)
    {
        bool was = change.Before is not null && selector.Matches(change.Before), isNow = change.After is not null && selector.Matches(change.After);
        string? type = (was, isNow) switch { (false, true) => "ADDED", (true, true) => "MODIFIED", (true, false) => "DELETED", _ => null };
        if (type is null) return;
        var item = (JsonObject)(change.After ?? change.Before!).DeepClone();
        item["metadata"]!["resourceVersion"] = change.Version.ToString();
        item["kind"] = KindOf(change.Resource);
        item["apiVersion"] = "v1";
        byte[] bytes = Encode(Event(type, item));
        if (!faults.TakeCut())
        {
            await WriteAsync(bytes);
            return;
        }

        await WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        throw new OperationCanceledException("cut");
    }

    private static JsonObject Event(string type, JsonObject item) => new() { ["type"] = type, ["object"] = item };

    private static JsonObject Bookmark(string resource, long version) => new()
    {
        ["kind"] = KindOf(resource),
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString() },
        ["spec"] = new JsonObject { ["containers"] = null },
        ["status"] = new JsonObject(),
    };

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = "application/json";
        int piece = faults.PieceSize > 0 ? faults.PieceSize : Math.Max(bytes.Length, 1);
        for (int at = 0; at < bytes.Length; at += piece)
        {
            await context.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(piece, bytes.Length - at)), end);
            if (piece < bytes.Length) await context.Response.Body.FlushAsync(end);
        }

        await context.Response.Body.FlushAsync(end);
    }
}
