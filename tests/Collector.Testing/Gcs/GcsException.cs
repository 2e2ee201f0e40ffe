using System.Text.Json.Nodes;

namespace Collector.Testing.Gcs;

/// <summary>A refusal in the shape of Google's JSON errors.</summary>
internal sealed class GcsException(int status, string reason, string message) : Exception(message)
{
    public int Status => status;

    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = Message,
            ["errors"] = new JsonArray(new JsonObject { ["message"] = Message, ["domain"] = "global", ["reason"] = reason }),
        },
    };
}
