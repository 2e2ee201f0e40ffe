using System.Net;
using System.Text.Json;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Translates an answer of Cloud Storage into the result of an attempt: "HTTP status and error codes for JSON". The first error's
/// reason decides where the status alone does not.
/// </summary>
internal static class GcsAnswers
{
    /// <param name="answer">The answer to the upload's last request, which sent a piece or asked how much has arrived.</param>
    /// <param name="item">The uploaded object. It counts as stored only if the answer has its name and checksum.</param>
    /// <param name="crc32C">The body's checksum.</param>
    public static PutResult ToResult(StoreAnswer answer, ObjectToPut item, string crc32C) =>
        IsResource(answer, item.Key, crc32C) ? PutResult.Stored : Refusal(answer, item.OnlyIfAbsent);

    /// <summary>The result for an answer that does not confirm the object.</summary>
    public static PutResult Refusal(StoreAnswer answer, bool onlyIfAbsent)
    {
        var (reason, message) = Read(answer.Body);
        return answer.As(StatusOf(answer, reason, message, onlyIfAbsent), Words(answer, reason, message));
    }

    /// <summary>Whether the service itself says that the condition does not hold.</summary>
    public static bool IsConditionNotMet(StoreAnswer answer) =>
        answer.Status == HttpStatusCode.PreconditionFailed && Read(answer.Body).Reason == "conditionNotMet";

    /// <summary>
    /// Whether every object would be told the same: the bucket is not there, or the service does not know who asks. What an identity
    /// may do is not among it: a condition of its role may allow some names and not the probe's.
    /// </summary>
    public static bool IsOfEveryObject(StoreAnswer answer) =>
        answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized && Read(answer.Body).Reason.Length > 0;

    /// <summary>Whether the answer is an object's resource with this name and the checksum of what the service received.</summary>
    private static bool IsResource(StoreAnswer answer, string name, string crc32C) =>
        answer.Status is HttpStatusCode.OK or HttpStatusCode.Created && answer.Body.IsWhole
        && TokenClient.Parse(answer.Text) is { } resource
        && TokenClient.Text(resource, "name") == name && TokenClient.Text(resource, "crc32c") == crc32C;

    private static PutStatus StatusOf(StoreAnswer answer, string reason, string message, bool onlyIfAbsent) => (answer.Status, reason) switch
    {
        (HttpStatusCode.PreconditionFailed, "conditionNotMet") when onlyIfAbsent => PutStatus.AlreadyThere,

        // The service asks for the delete permission only if the name exists, so an identity that may only create learns of the
        // existing object in this way. An identity that may not create learns nothing about the name.
        (HttpStatusCode.Forbidden, "forbidden") when LacksDeleteAlone(message) => PutStatus.AlreadyThere,

        (HttpStatusCode.Forbidden, "rateLimitExceeded" or "userRateLimitExceeded" or "quotaExceeded" or "dailyLimitExceeded") => PutStatus.Throttled,
        (HttpStatusCode.Conflict, "conflict") => PutStatus.Conflict,

        // These answers are about the body on its way, or a disabled or missing key; they do not judge the object.
        (HttpStatusCode.BadRequest, _) when IsOfTheWay(message) => PutStatus.Unavailable,
        _ => StatusMeaning.Of(answer, onlyIfAbsent, reason.Length > 0),
    };

    private static bool LacksDeleteAlone(string message) =>
        message.Contains("storage.objects.delete", StringComparison.Ordinal) && !message.Contains("storage.objects.create", StringComparison.Ordinal);

    private static bool IsOfTheWay(string message) =>
        message.Contains("CRC32C", StringComparison.OrdinalIgnoreCase)
        || message.Contains("KMS", StringComparison.OrdinalIgnoreCase)
        || message.Contains("cryptoKey", StringComparison.OrdinalIgnoreCase);

    private static string Words(StoreAnswer answer, string reason, string message)
    {
        var said = $"Google answered {(int)answer.Status}{(reason.Length > 0 ? $" {reason}" : "")}{(message.Length > 0 ? $": {message}" : "")}";
        var remedy = answer.Status switch
        {
            HttpStatusCode.Forbidden when reason is "forbidden" or "" => "give the identity roles/storage.objectCreator on the bucket",
            HttpStatusCode.Unauthorized => "check authentication",
            HttpStatusCode.NotFound => "create the bucket: the collector never does",
            _ when reason.Length == 0 => StatusMeaning.Remedy(answer),
            _ => "",
        };
        return remedy.Length > 0 ? $"{said}; {remedy}" : said;
    }

    /// <summary><c>{"error": {"message": …, "errors": [{"reason": …}]}}</c>; some front ends answer in plain text.</summary>
    private static (string Reason, string Message) Read(AnswerBody body)
    {
        if (TokenClient.Parse(body.Text) is not { } json || !json.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
            return ("", body.Words);

        var reason = error.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0
            && errors[0].ValueKind == JsonValueKind.Object
            ? TokenClient.Text(errors[0], "reason") ?? ""
            : "";
        return (reason, body.Line(TokenClient.Text(error, "message") ?? ""));
    }
}
