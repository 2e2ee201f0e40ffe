using System.Net;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// What an answer of the Blob service means for an attempt: "Status and error codes" and "Blob service error codes" of its REST
/// reference. The code in <c>x-ms-error-code</c> decides where the status alone does not.
/// </summary>
internal static class AzureAnswers
{
    public static PutResult ToResult(StoreAnswer answer, bool onlyIfAbsent)
    {
        if (answer.IsSuccess)
            return PutResult.Stored;

        var code = CodeOf(answer);
        var status = StatusOf(answer, code, onlyIfAbsent);
        return answer.As(status, Words(answer, code));
    }

    /// <summary>Whether the probe got as far as to be refused for what it is.</summary>
    public static bool IsRefusedProbe(StoreAnswer answer) =>
        answer.Status == HttpStatusCode.PreconditionFailed || CodeOf(answer) is "Md5Mismatch" or "ConditionNotMet";

    private static PutStatus StatusOf(StoreAnswer answer, string code, bool onlyIfAbsent) => (answer.Status, code) switch
    {
        // The blob is there: because of the condition; because the permission is to create alone; because it cannot change.
        (_, "BlobAlreadyExists" or "UnauthorizedBlobOverwrite") => PutStatus.AlreadyThere,
        (_, "BlobImmutableDueToPolicy" or "BlobArchived" or "BlobBeingRehydrated") => PutStatus.AlreadyThere,
        (HttpStatusCode.PreconditionFailed, _) => onlyIfAbsent ? PutStatus.AlreadyThere : PutStatus.Unavailable,

        (_, "ServerBusy") => PutStatus.Throttled,
        (_, "InvalidAuthenticationInfo") => PutStatus.Unauthorized,

        // Of this body on its way, not of the object; of a blob of another kind at its key; of a container or account in between.
        (_, "Md5Mismatch" or "IncompleteBody") => PutStatus.Unavailable,
        (_, "InvalidBlobType") => PutStatus.Rejected,
        (HttpStatusCode.Conflict, _) => PutStatus.Unavailable,
        _ => StatusMeaning.Of(answer.Status, onlyIfAbsent, answer.RetryAfter),
    };

    private static string CodeOf(StoreAnswer answer) =>
        answer.Header("x-ms-error-code") is { Length: > 0 } code ? code : Element(answer.Text, "Code");

    private static string Words(StoreAnswer answer, string code)
    {
        var message = Element(answer.Text, "Message");
        var said = $"Azure answered {(int)answer.Status}{(code.Length > 0 ? $" {code}" : "")}{(message.Length > 0 ? $": {message}" : "")}";
        return Remedy(answer.Status, code) is { } remedy ? $"{said}; {remedy}" : said;
    }

    private static string? Remedy(HttpStatusCode status, string code) => code switch
    {
        "AuthorizationPermissionMismatch" or "InsufficientAccountPermissions" =>
            "give the identity the role Storage Blob Data Contributor on the container, or the signature the permissions c and w",
        "AuthorizationFailure" => "the account's firewall refuses this network, or the signature's permissions do not fit",
        "KeyBasedAuthenticationNotPermitted" => "the account takes no keys: use workloadIdentity",
        "PublicAccessNotPermitted" or "NoAuthenticationInformation" => "no credentials arrived at the service: check authentication",
        "AuthenticationFailed" => "the key, the signature or its end, or the token's tenant is wrong",
        "ContainerNotFound" => "create the container; the collector never does",
        "AccountIsDisabled" => "the storage account is disabled",
        _ => status == HttpStatusCode.ProxyAuthenticationRequired ? "correct store.proxy" : null,
    };

    /// <summary>The first line of an element of the error's XML.</summary>
    private static string Element(string xml, string name)
    {
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal);
        if (start < 0)
            return "";

        start += name.Length + 2;
        var end = xml.IndexOf('<', start);
        return ServerWords.FirstLine(end < 0 ? xml[start..] : xml[start..end]);
    }
}
