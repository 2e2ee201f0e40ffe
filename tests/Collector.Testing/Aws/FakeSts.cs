using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Collector.Testing.S3;
using Collector.Testing.Servers;

namespace Collector.Testing.Aws;

/// <summary>
/// The Security Token Service, from its API Reference: POST of a form with Action and Version 2011-06-15. AssumeRoleWithWebIdentity,
/// unsigned, checks RoleArn, RoleSessionName (<c>[\w+=,.@-]{2,64}</c>) and the token, by the issuer, for the audience
/// sts.amazonaws.com. AssumeRole checks the signature of a known key, and the external id of the role's trust policy. The keys it
/// gives are made known to the store.
/// </summary>
public sealed partial class FakeSts(ClusterIssuer issuer, S3Keys known, TimeProvider clock)
{
    public const string Subject = "system:serviceaccount:logging:collector";
    public const string Audience = "sts.amazonaws.com";
    public const string PodRole = "arn:aws:iam::123456789012:role/pod";
    public const string SecondRole = "arn:aws:iam::210987654321:role/archive";
    public const string ExternalId = "external-1";

    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly SignatureV4 _signatures = new(known, TimeProvider.System, "sts");
    private int _given;

    /// <summary>How long the keys last. The real one gives no less than a quarter of an hour.</summary>
    public TimeSpan KeysLast { get; set; } = Life;

    /// <summary>The store that knows the second role; null: the same.</summary>
    public S3Keys? KnownOfSecondRole { get; init; }

    /// <summary>The role that AssumeRole gives.</summary>
    public string AssumedRole { get; init; } = SecondRole;

    /// <summary>What its trust policy asks for; null: no external id.</summary>
    public string? AskedExternalId { get; init; } = ExternalId;

    /// <summary>The role that AssumeRoleWithWebIdentity gives, and the service account that it trusts.</summary>
    public string WebRole { get; init; } = PodRole;

    public string TrustedSubject { get; init; } = Subject;

    public string TrustedAudience { get; init; } = Audience;

    /// <summary>Whether the second role's trust policy has its statement.</summary>
    public bool IsSecondRoleTrusting { get; set; } = true;

    /// <summary>When set, the answer to everything, whatever it is.</summary>
    public Answer? Instead { get; set; }

    /// <summary>How many keys it gave so far.</summary>
    public int Given => _given;

    /// <summary>Every request is answered 503 until it is false again.</summary>
    public bool IsAway { get; set; }

    public Answer Serve(ReceivedRequest request)
    {
        if (Instead is { } answer)
            return answer;
        if (IsAway)
            return Refuse(503, "ServiceUnavailable", "away");
        var form = request.Text.Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal);
        if (request.Method != "POST" || request.Target != "/" || form.GetValueOrDefault("Version") != "2011-06-15" || !SessionName().IsMatch(form.GetValueOrDefault("RoleSessionName") ?? ""))
            return Refuse(400, "ValidationError", $"{request.Method} {request.Target}");
        return form.GetValueOrDefault("Action") switch
        {
            "AssumeRoleWithWebIdentity" => ByToken(request, form),
            "AssumeRole" => ByKeys(request, form),
            _ => Refuse(400, "InvalidAction", "no such action"),
        };
    }

    private Answer ByToken(ReceivedRequest request, Dictionary<string, string> form)
    {
        if (request["authorization"].Length > 0)
            return Refuse(400, "ValidationError", "signed");
        if (form.GetValueOrDefault("RoleArn") != WebRole)
            return Refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        return issuer.Refuse(form.GetValueOrDefault("WebIdentityToken") ?? "", TrustedSubject, TrustedAudience, clock.GetUtcNow()) switch
        {
            null => Give("AssumeRoleWithWebIdentity", WebRole, form, known),
            "expired" => Refuse(400, "ExpiredTokenException", "Token expired"),
            "subject" => Refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            var why => Refuse(400, "InvalidIdentityToken", $"Incorrect token {why}"),
        };
    }

    private Answer ByKeys(ReceivedRequest request, Dictionary<string, string> form)
    {
        var signed = new SignedRequest(request.Method, request.Target, "", request.Headers) { PayloadHash = Convert.ToHexStringLower(SHA256.HashData(request.Body)) };
        if (_signatures.Refuse(signed) is { } refusal)
            return Refuse(403, refusal.Code, refusal.Message);
        return IsSecondRoleTrusting && form.GetValueOrDefault("RoleArn") == AssumedRole && form.GetValueOrDefault("ExternalId") == AskedExternalId
            ? Give("AssumeRole", AssumedRole, form, KnownOfSecondRole ?? known)
            : Refuse(403, "AccessDenied", "not authorized to perform: sts:AssumeRole");
    }

    private Answer Give(string action, string role, Dictionary<string, string> form, S3Keys store)
    {
        var number = Interlocked.Increment(ref _given);
        var end = clock.GetUtcNow() + KeysLast;
        store.Add($"ASIA{number}", $"secret{number}", $"token{number}", end);
        return new Answer(
            200,
            $"<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>" +
            $"<AssumedRoleUser><Arn>{role.Replace(":iam:", ":sts:", StringComparison.Ordinal).Replace(":role/", ":assumed-role/", StringComparison.Ordinal)}/{form["RoleSessionName"]}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>" +
            $"<Credentials><AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>secret{number}</SecretAccessKey><SessionToken>token{number}</SessionToken>" +
            $"<Expiration>{end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}</Expiration></Credentials></{action}Result></{action}Response>",
            ("Content-Type", "text/xml"));
    }

    private static Answer Refuse(int status, string code, string message) =>
        new(status, $"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>", ("Content-Type", "text/xml"));

    [GeneratedRegex(@"^[\w+=,.@-]{2,64}$")]
    private static partial Regex SessionName();
}
