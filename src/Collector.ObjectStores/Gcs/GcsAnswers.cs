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
    public static PutResult ToResult(StoreAnswer answer, bool onlyIfAbsent)
    {
        if (answer.IsSuccess)
            return PutResult.Stored;

        var (reason, message) = Read(answer.Text);
        var status = StatusOf(answer, reason, message, onlyIfAbsent);
        return answer.As(status, Words(answer.Status, reason, message));
    }

    private static PutStatus StatusOf(StoreAnswer answer, string reason, string message, bool onlyIfAbsent) => (answer.Status, reason) switch
    {
        (HttpStatusCode.PreconditionFailed, _) => onlyIfAbsent ? PutStatus.AlreadyThere : PutStatus.Unavailable,

        // To delete is asked for only where the name is taken: an identity that may create alone learns it like this.
        (HttpStatusCode.Forbidden, _) when message.Contains("storage.objects.delete", StringComparison.Ordinal) => PutStatus.AlreadyThere,
        (_, "retentionPolicyNotMet" or "objectUnderActiveHold") => PutStatus.AlreadyThere,

        (HttpStatusCode.Forbidden, "rateLimitExceeded" or "userRateLimitExceeded" or "quotaExceeded" or "dailyLimitExceeded") => PutStatus.Throttled,
        (HttpStatusCode.Conflict, _) => PutStatus.Conflict,

        // Of the body on its way, and of a key that is disabled or away: not of the object.
        (HttpStatusCode.BadRequest, _) when IsOfTheWay(message) => PutStatus.Unavailable,
        _ => StatusMeaning.Of(answer.Status, onlyIfAbsent, answer.RetryAfter),
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
            HttpStatusCode.ProxyAuthenticationRequired => $"{said}; correct store.proxy",
            HttpStatusCode.NotFound => $"{said}; create the bucket: the collector never does",
            _ => said,
        };
    }

    /// <summary><c>{"error": {"message": …, "errors": [{"reason": …}]}}</c>; some front ends answer in plain text.</summary>
    private static (string Reason, string Message) Read(string text)
    {
        if (TokenClient.Parse(text) is not { } json || !json.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
            return ("", ServerWords.FirstLine(text));

        var reason = error.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0
            && errors[0].ValueKind == JsonValueKind.Object
            ? TokenClient.Text(errors[0], "reason") ?? ""
            : "";
        return (reason, ServerWords.FirstLine(TokenClient.Text(error, "message") ?? ""));
    }
}
