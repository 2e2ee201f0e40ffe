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
        if (answer.IsReceipt(HttpStatusCode.Created))
            return PutResult.Stored;

        var code = CodeOf(answer);
        var status = StatusOf(answer, code, onlyIfAbsent);
        return answer.As(status, Words(answer, code));
    }

    /// <summary>Whether the probe got as far as to be refused for what it is, by the service itself.</summary>
    public static bool IsRefusedProbe(StoreAnswer answer) => (answer.Status, CodeOf(answer)) switch
    {
        (HttpStatusCode.PreconditionFailed, "ConditionNotMet") => true,
        (HttpStatusCode.BadRequest, var code) => IsDamage(answer, code),
        _ => false,
    };

    /// <summary>
    /// Whether every blob would be told the same: the container is not there, or the service does not know who asks. What an identity
    /// may do is not among it: a condition of its role may allow some names and not the probe's.
    /// </summary>
    public static bool IsOfEveryBlob(StoreAnswer answer) => CodeOf(answer) is
        "ContainerNotFound" or "ContainerBeingDeleted" or "ContainerDisabled" or "AccountIsDisabled"
        or "AuthenticationFailed" or "InvalidAuthenticationInfo" or "NoAuthenticationInformation" or "PublicAccessNotPermitted" or "KeyBasedAuthenticationNotPermitted";

    private static PutStatus StatusOf(StoreAnswer answer, string code, bool onlyIfAbsent) => (answer.Status, code) switch
    {
        (HttpStatusCode.Conflict, "BlobAlreadyExists") => PutStatus.AlreadyThere,

        // What an identity that may only create is told in place of that: only an existing blob can be overwritten.
        (HttpStatusCode.Forbidden, "UnauthorizedBlobOverwrite") => PutStatus.AlreadyThere,

        (_, "ServerBusy") => PutStatus.Throttled,
        (_, "InvalidAuthenticationInfo") => PutStatus.Unauthorized,

        // Of this body on its way, not of the object; of a blob of another kind at its key; of a container or account in between.
        (HttpStatusCode.BadRequest, "IncompleteBody") => PutStatus.Unavailable,
        (HttpStatusCode.BadRequest, _) when IsDamage(answer, code) => PutStatus.Unavailable,
        (_, "InvalidBlobType") => PutStatus.Rejected,
        _ => StatusMeaning.Of(answer, onlyIfAbsent, code.Length > 0),
    };

    /// <summary>The body is not what its MD5 says: Azure's code, and that of Azurite before 3.35.</summary>
    private static bool IsDamage(StoreAnswer answer, string code) =>
        code == "Md5Mismatch" || (code == "InvalidOperation" && XmlError.Of(answer.Body).Message.Contains("MD5", StringComparison.OrdinalIgnoreCase));

    private static string CodeOf(StoreAnswer answer) =>
        answer.Said("x-ms-error-code") is { Length: > 0 } code ? code : XmlError.Of(answer.Body).Code;

    private static string Words(StoreAnswer answer, string code)
    {
        var message = XmlError.Of(answer.Body).Message is { Length: > 0 } own ? own : answer.Body.Words;
        var said = $"Azure answered {(int)answer.Status}{(code.Length > 0 ? $" {code}" : "")}{(message.Length > 0 ? $": {message}" : "")}";
        return Remedy(answer, code) is { Length: > 0 } remedy ? $"{said}; {remedy}" : said;
    }

    private static string Remedy(StoreAnswer answer, string code) => code switch
    {
        "AuthorizationPermissionMismatch" or "InsufficientAccountPermissions" =>
            "give the identity the role Storage Blob Data Contributor on the container, or the signature the permissions c and w",
        "AuthorizationFailure" => "the account's firewall refuses this network, or the signature's permissions do not fit",
        "KeyBasedAuthenticationNotPermitted" => "the account takes no keys: use workloadIdentity",
        "PublicAccessNotPermitted" or "NoAuthenticationInformation" => "no credentials arrived at the service: check authentication",
        "AuthenticationFailed" => "the key, the signature or its end, or the token's tenant is wrong",
        "ContainerNotFound" => "create the container; the collector never does",
        "AccountIsDisabled" => "the storage account is disabled",
        "LeaseIdMissing" or "BlobImmutableDueToPolicy" or "BlobArchived" =>
            "a lease or a policy holds what has this name, or all of the container; that does not say that it is this object",
        "" => StatusMeaning.Remedy(answer),
        _ => "",
    };
}
