using System.Net;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// Translates an answer of the Blob service into the result of an attempt: "Status and error codes" and "Blob service error codes"
/// of its REST reference. The code in <c>x-ms-error-code</c> decides where the status alone does not.
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

    /// <summary>Whether the service itself refused the probe, for one of the two expected reasons.</summary>
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

        // The answer to an identity that may only create: it could be overwriting an existing blob only.
        (HttpStatusCode.Forbidden, "UnauthorizedBlobOverwrite") => PutStatus.AlreadyThere,

        (_, "ServerBusy") => PutStatus.Throttled,
        (_, "InvalidAuthenticationInfo") => PutStatus.Unauthorized,

        // These codes judge the body on its way, a blob of another kind at the key, or the container or account; they do not judge
        // the object.
        (HttpStatusCode.BadRequest, "IncompleteBody") => PutStatus.Unavailable,
        (HttpStatusCode.BadRequest, _) when IsDamage(answer, code) => PutStatus.Unavailable,
        (_, "InvalidBlobType") => PutStatus.Rejected,
        _ => StatusMeaning.Of(answer, onlyIfAbsent, code.Length > 0),
    };

    /// <summary>The body does not match its MD5: Azure's code, and the code of Azurite before 3.35.</summary>
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
        "AuthorizationFailure" => "the account's firewall refuses this network, or the signature lacks a permission",
        "KeyBasedAuthenticationNotPermitted" => "the account does not allow account keys: use workloadIdentity",
        "PublicAccessNotPermitted" or "NoAuthenticationInformation" => "the request reached the service without credentials: check authentication",
        "AuthenticationFailed" => "the key, the signature, its expiry or the token's tenant is wrong",
        "ContainerNotFound" => "create the container; the collector never does",
        "AccountIsDisabled" => "the storage account is disabled",
        "LeaseIdMissing" or "BlobImmutableDueToPolicy" or "BlobArchived" =>
            "a lease or a policy protects the blob of this name, or the whole container; the answer does not prove that this object is stored",
        "" => StatusMeaning.Remedy(answer),
        _ => "",
    };
}
