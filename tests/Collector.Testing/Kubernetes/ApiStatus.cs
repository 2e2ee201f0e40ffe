using System.Text.Json.Nodes;

namespace Collector.Testing.Kubernetes;

/// <summary>An answer that is a <c>Status</c> object (kubernetes.io/docs/reference/kubernetes-api/common-definitions/status).</summary>
internal sealed class ApiStatusException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public JsonObject ToJson(string? continueToken = null) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = continueToken is null ? [] : new JsonObject { ["continue"] = continueToken },
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = reason,
        ["code"] = Code,
    };

    public static ApiStatusException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiStatusException Expired(string message) => new(410, "Expired", message);
}
