using System.Text.Json.Nodes;

namespace Collector.Testing.Kubernetes;

/// <summary>An answer that is a <c>Status</c> object (kubernetes.io/docs/reference/kubernetes-api/common-definitions/status).</summary>
internal sealed class ApiStatusException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>In the header of that name, too.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>In the metadata; empty: none.</summary>
    private string Continue { get; init; } = "";

    private JsonObject? Details { get; init; }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue.Length == 0 ? [] : new JsonObject { ["continue"] = Continue },
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = reason,
            ["code"] = Code,
        };
        if (Details is not null) json["details"] = Details.DeepClone();
        return json;
    }

    public static ApiStatusException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiStatusException Expired(string message, string continueToken = "") => new(410, "Expired", message) { Continue = continueToken };

    public static ApiStatusException TooLarge(long asked, long current) => new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
        Details = new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        },
    };
}
