using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.S3;

/// <summary>
/// A bucket of a million objects that no disk holds: 50 namespaces, each with 80 Deployments of five pods that are gone, each pod with 50
/// objects of five minutes. Keys and bodies are computed. A stand-in of S3 for readers alone: ListObjectsV2 with <c>prefix</c>,
/// <c>delimiter</c>, <c>start-after</c>, <c>continuation-token</c> and <c>max-keys</c>, in the order of the bytes of keys and of at most 1,000 keys and common prefixes an answer;
/// GetObject with a range. Everything else is refused: 405 a method, 501 a parameter that it does not know, 404 a key. Each request waits
/// its delay first, as a round trip to another region does. Signatures are not looked at.
/// </summary>
public sealed class GeneratedBucket : IAsyncDisposable
{
    public const int Namespaces = 50;
    public const int Deployments = 80;
    public const int ObjectsOfAPod = 50;
    public const int LinesOfAnObject = 200;
    public const int Objects = Namespaces * Deployments * 5 * ObjectsOfAPod;

    /// <summary>Of an object: then the next one of its pod begins.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(5);

    /// <summary>When the first objects of all pods begin.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    private const int MostKeys = 1000;
    private const int LineLength = 400;
    private const string Name = "million";
    private static readonly string[] s_suffixes = ["bcdf2", "ghjk4", "mnpq6", "tvwx8", "zbdg9"];
    private static readonly HashSet<string> s_known = ["list-type", "prefix", "start-after", "continuation-token", "max-keys", "delimiter", "encoding-type", "x-id"];
    private readonly LoopbackServer _server;
    private readonly TimeSpan _delay;
    private readonly ConcurrentQueue<string> _requests = new();

    /// <param name="delay">Of each request.</param>
    public GeneratedBucket(TimeSpan delay)
    {
        _delay = delay;
        _server = LoopbackServer.Start(AnswerAsync);
    }

    /// <summary>For <c>--from</c>; the keys of an access are to be in the environment.</summary>
    public string From => $"s3://{Name}/persisted-logs/?region=us-east-1&endpoint={_server.Url}";

    /// <summary>Method and target of each request so far.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Bytes of bodies, lists among them.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Forgets the requests so far.</summary>
    public void Reset()
    {
        _requests.Clear();
        BytesSent = 0;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>A pod's name: a number below 5 of a Deployment's number below <see cref="Deployments"/>.</summary>
    public static string Pod(int deployment, int pod) => string.Create(CultureInfo.InvariantCulture, $"app{deployment:D2}-6c4b8d9f7d-{s_suffixes[pod]}");

    /// <summary>The text of a line.</summary>
    /// <param name="pod">Of the pod.</param>
    /// <param name="number">From the pod's beginning.</param>
    public static string Text(string pod, int number) => string.Create(CultureInfo.InvariantCulture, $"{pod} line {number:D6}");

    /// <summary>The key of an object, by its place in the order of all.</summary>
    private static string KeyOf(int index)
    {
        var (pod, number) = Math.DivRem(index, ObjectsOfAPod);
        var (space, within) = Math.DivRem(pod, Deployments * s_suffixes.Length);
        var at = (Start + (number * Span)).ToUnixTimeMilliseconds();
        return string.Create(CultureInfo.InvariantCulture, $"persisted-logs/namespace-ns{space:D2}.pod-{Pod(within / s_suffixes.Length, within % s_suffixes.Length)}.cont-app/{at:D13}-node-{pod % 100:D2}-{index:x12}1a2b3c4d.jsonl");
    }

    /// <summary>The first object whose key is not before this one.</summary>
    private static int Find(string key, bool isBehind)
    {
        var (from, to) = (0, Objects);
        while (from < to)
        {
            var middle = (from + to) / 2;
            var compared = string.CompareOrdinal(KeyOf(middle), key);
            if (compared < 0 || (isBehind && compared == 0))
                from = middle + 1;
            else
                to = middle;
        }

        return from;
    }

    private static byte[] BodyOf(int index)
    {
        var (pod, number) = Math.DivRem(index, ObjectsOfAPod);
        var (space, within) = Math.DivRem(pod, Deployments * s_suffixes.Length);
        var (deployment, suffix) = Math.DivRem(within, s_suffixes.Length);
        var name = Pod(deployment, suffix);
        var text = new StringBuilder(LinesOfAnObject * LineLength);
        for (var line = 0; line < LinesOfAnObject; line++)
        {
            var at = Start + (number * Span) + (line * Span / LinesOfAnObject);
            var start = text.Length;
            text.Append(CultureInfo.InvariantCulture, $"{{\"time\":\"{at:yyyy-MM-dd'T'HH:mm:ss.fff}000000Z\",\"stream\":\"stdout\",\"log\":\"{Text(name, (number * LinesOfAnObject) + line)}\",\"kubernetes\":{{\"namespace_name\":\"ns{space:D2}\",\"pod_name\":\"{name}\",\"pod_id\":\"{pod:D8}-1111-4222-8333-444455556666\",\"container_name\":\"app\",\"restart_count\":0,\"owner_kind\":\"Deployment\",\"owner_name\":\"app{deployment:D2}\"");
            text.Append(",\"host\":\"").Append('n', LineLength - (text.Length - start) - 13).Append("\"}}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private async Task AnswerAsync(HttpContext context)
    {
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        await Task.Delay(_delay, context.RequestAborted);
        var path = context.Request.Path.Value!.TrimStart('/');
        var status = context.Request.Method != "GET" ? HttpStatusCode.MethodNotAllowed
            : context.Request.Query.Keys.Any(key => !s_known.Contains(key)) ? HttpStatusCode.NotImplemented
            : path.TrimEnd('/') == Name ? await ListAsync(context)
            : path.StartsWith($"{Name}/", StringComparison.Ordinal) ? await GetAsync(context, path[(Name.Length + 1)..])
            : HttpStatusCode.NotFound;
        if (status != HttpStatusCode.OK)
        {
            context.Response.StatusCode = (int)status;
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync($"<Error><Code>{(status == HttpStatusCode.NotFound ? "NoSuchKey" : "NotImplemented")}</Code></Error>", context.RequestAborted);
        }
    }

    private async Task<HttpStatusCode> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        string Of(string name) => query[name].ToString();
        if (Of("list-type") != "2")
            return HttpStatusCode.NotImplemented;

        var (prefix, delimiter) = (Of("prefix"), Of("delimiter"));
        var most = int.TryParse(Of("max-keys"), CultureInfo.InvariantCulture, out var asked) ? Math.Min(asked, MostKeys) : MostKeys;
        var at = Math.Max(Find(prefix, isBehind: false), Of("continuation-token") is { Length: > 0 } token ? int.Parse(token, CultureInfo.InvariantCulture) : Of("start-after") is { Length: > 0 } after ? Find(after, isBehind: true) : 0);
        var answer = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        var count = 0;
        answer.Append(CultureInfo.InvariantCulture, $"<Name>{Name}</Name><Prefix>{WebUtility.HtmlEncode(prefix)}</Prefix><MaxKeys>{most}</MaxKeys>");
        for (; count < most && at < Objects && KeyOf(at) is var key && key.StartsWith(prefix, StringComparison.Ordinal); count++)
        {
            if (delimiter.Length > 0 && key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) is >= 0 and var end)
            {
                var common = key[..(end + delimiter.Length)];
                answer.Append(CultureInfo.InvariantCulture, $"<CommonPrefixes><Prefix>{common}</Prefix></CommonPrefixes>");
                at = Find(common + char.MaxValue, isBehind: false);
                continue;
            }

            var modified = Start + (((at % ObjectsOfAPod) + 1) * Span);
            answer.Append(CultureInfo.InvariantCulture, $"<Contents><Key>{key}</Key><LastModified>{modified:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}</LastModified><ETag>&quot;{at:x32}&quot;</ETag><Size>{LinesOfAnObject * LineLength}</Size><StorageClass>STANDARD</StorageClass></Contents>");
            at++;
        }

        var isTruncated = at < Objects && KeyOf(at).StartsWith(prefix, StringComparison.Ordinal);
        answer.Append(CultureInfo.InvariantCulture, $"<KeyCount>{count}</KeyCount><IsTruncated>{(isTruncated ? "true" : "false")}</IsTruncated>");
        answer.Append(isTruncated ? string.Create(CultureInfo.InvariantCulture, $"<NextContinuationToken>{at}</NextContinuationToken>") : "").Append("</ListBucketResult>");
        context.Response.ContentType = "application/xml";
        await SendAsync(context, Encoding.UTF8.GetBytes(answer.ToString()));
        return HttpStatusCode.OK;
    }

    private async Task<HttpStatusCode> GetAsync(HttpContext context, string key)
    {
        var index = Find(key, isBehind: false);
        if (index == Objects || KeyOf(index) != key)
            return HttpStatusCode.NotFound;

        var body = BodyOf(index);
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{index:x32}\"");
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single() is { } range)
        {
            var from = range.From is { } first ? (int)first : Math.Max(0, body.Length - (int)range.To!.Value);
            var to = range.From is null ? body.Length : (int)Math.Min(body.Length, (range.To ?? body.Length) + 1);
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{to - 1}/{body.Length}";
            body = body[from..to];
        }

        context.Response.ContentType = "application/x-ndjson";
        await SendAsync(context, body);
        return HttpStatusCode.OK;
    }

    private async Task SendAsync(HttpContext context, byte[] body)
    {
        lock (_requests)
            BytesSent += body.Length;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
