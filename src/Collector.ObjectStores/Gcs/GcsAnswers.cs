using System.Net;
using System.Text.Json;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// What an answer of Cloud Storage means for an attempt: "HTTP status and error codes for JSON". The first error's reason
/// decides where the status alone does not.
/// </summary>
internal static class GcsAnswers
{
    private const int MostWords = 400;

    public static PutResult ToResult(StoreAnswer answer, bool onlyIfAbsent)
    {
        if (answer.IsSuccess)
            return PutResult.Stored;

        var (reason, message) = Read(answer.Text);
        var status = StatusOf(answer.Status, reason, message, onlyIfAbsent);
        return answer.As(status, Words(answer.Status, reason, message));
    }

    private static PutStatus StatusOf(HttpStatusCode status, string reason, string message, bool onlyIfAbsent) => (status, reason) switch
    {
        (HttpStatusCode.PreconditionFailed, _) => onlyIfAbsent ? PutStatus.AlreadyThere : PutStatus.Unavailable,

        // To delete is asked for only where the name is taken: an identity that may create alone learns it like this.
        (HttpStatusCode.Forbidden, _) when message.Contains("storage.objects.delete", StringComparison.Ordinal) => PutStatus.AlreadyThere,
        (_, "retentionPolicyNotMet" or "objectUnderActiveHold") => PutStatus.AlreadyThere,

        (HttpStatusCode.Forbidden, "rateLimitExceeded" or "userRateLimitExceeded" or "quotaExceeded" or "dailyLimitExceeded") => PutStatus.Throttled,
        (HttpStatusCode.TooManyRequests, _) => PutStatus.Throttled,
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired, _) => PutStatus.Unauthorized,
        (HttpStatusCode.Conflict, _) => PutStatus.Conflict,
        (HttpStatusCode.NotImplemented, _) when onlyIfAbsent => PutStatus.ConditionUnsupported,

        // Of the body on its way, and of a key that is disabled or away: not of the object.
        (HttpStatusCode.BadRequest, _) when IsOfTheWay(message) => PutStatus.Unavailable,
        (HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.LengthRequired or HttpStatusCode.RequestEntityTooLarge, _)
            => PutStatus.Rejected,
        (HttpStatusCode.RequestUriTooLong or HttpStatusCode.RequestHeaderFieldsTooLarge or HttpStatusCode.UnsupportedMediaType, _)
            => PutStatus.Rejected,

        // A missing bucket, a session that is gone, 408, 5xx, a redirect: all that passes.
        _ => PutStatus.Unavailable,
    };

    private static bool IsOfTheWay(string message) =>
        message.Contains("CRC32C", StringComparison.OrdinalIgnoreCase)
        || message.Contains("KMS", StringComparison.OrdinalIgnoreCase)
        || message.Contains("cryptoKey", StringComparison.OrdinalIgnoreCase);

    private static string Words(HttpStatusCode status, string reason, string message)
    {
        var said = $"Google answered {(int)status}{(reason.Length > 0 ? $" {reason}" : "")}{(message.Length > 0 ? $": {message}" : "")}";
        return status switch
        {
            HttpStatusCode.Forbidden when reason is "forbidden" or "" => $"{said}; give the identity roles/storage.objectCreator on the bucket",
            HttpStatusCode.Unauthorized => $"{said}; check authentication",
            HttpStatusCode.NotFound => $"{said}; create the bucket: the collector never does",
            _ => said,
        };
    }

    /// <summary><c>{"error": {"message": …, "errors": [{"reason": …}]}}</c>; some front ends answer in plain text.</summary>
    private static (string Reason, string Message) Read(string text)
    {
        if (TokenClient.Parse(text) is not { } json || !json.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
            return ("", FirstLine(text));

        var reason = error.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0
            && errors[0].ValueKind == JsonValueKind.Object
            ? TokenClient.Text(errors[0], "reason") ?? ""
            : "";
        return (reason, FirstLine(TokenClient.Text(error, "message") ?? ""));
    }

    private static string FirstLine(string text)
    {
        var line = text.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return new string(line[..Math.Min(line.Length, MostWords)]);
    }
}
