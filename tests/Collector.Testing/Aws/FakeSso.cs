using System.Text.Json;
using System.Web;
using Collector.Testing.S3;
using Collector.Testing.Servers;

namespace Collector.Testing.Aws;

/// <summary>
/// IAM Identity Center as tools ask it. GetRoleCredentials of its portal ("IAM Identity Center Portal API Reference"): GET
/// /federation/credentials with account_id and role_name, unsigned, with the person's token in a header; of another role 403, of a token
/// that is not in force 401. CreateToken of its OIDC service ("IAM Identity Center OIDC API Reference"): POST /token with a refresh token and
/// the client's registration gives a new token, once. The keys it gives are made known to the store.
/// </summary>
public sealed class FakeSso(S3Keys known, TimeProvider clock)
{
    public const string Account = "123456789012";
    public const string Role = "LogReader";
    public const string RefreshToken = "refresh-1";
    public const string ClientId = "client-1";
    public const string ClientSecret = "secret-of-client-1";

    private static readonly TimeSpan s_life = TimeSpan.FromHours(1);

    private bool _isRefreshed;

    /// <summary>The person's token that is in force.</summary>
    public string AccessToken { get; set; } = "access-1";

    public Answer Serve(ReceivedRequest request)
    {
        var target = request.Target.Split('?', 2);
        return (request.Method, target[0]) switch
        {
            ("GET", "/federation/credentials") => GiveKeys(request, target.Length > 1 ? target[1] : ""),
            ("POST", "/token") => Refresh(JsonDocument.Parse(request.Body).RootElement),
            _ => Refuse(404, "ResourceNotFoundException", $"{request.Method} {request.Target}"),
        };
    }

    private Answer GiveKeys(ReceivedRequest request, string query)
    {
        var asked = HttpUtility.ParseQueryString(query);
        if (request["authorization"].Length > 0)
            return Refuse(400, "InvalidRequestException", "signed");
        if (request["x-amz-sso_bearer_token"] != AccessToken)
            return Refuse(401, "UnauthorizedException", "Session token not found or invalid");
        if (asked["account_id"] != Account || asked["role_name"] != Role)
            return Refuse(403, "ForbiddenException", "No access");

        var end = clock.GetUtcNow() + s_life;
        known.Add("ASIASSO", "secret", "token", end);
        return Json(200, new { roleCredentials = new { accessKeyId = "ASIASSO", secretAccessKey = "secret", sessionToken = "token", expiration = end.ToUnixTimeMilliseconds() } });
    }

    private Answer Refresh(JsonElement asked)
    {
        string? Of(string name) => asked.TryGetProperty(name, out var value) ? value.GetString() : null;
        if ((Of("clientId"), Of("clientSecret")) != (ClientId, ClientSecret))
            return Refuse(401, "InvalidClientException", "no such client");
        if (Of("grantType") != "refresh_token")
            return Refuse(400, "UnsupportedGrantTypeException", Of("grantType") ?? "none");
        if (_isRefreshed || Of("refreshToken") != RefreshToken)
            return Refuse(400, "InvalidGrantException", "Invalid refresh token provided");

        (_isRefreshed, AccessToken) = (true, "access-2");
        return Json(200, new { accessToken = AccessToken, tokenType = "Bearer", expiresIn = (int)s_life.TotalSeconds, refreshToken = "refresh-2" });
    }

    private static Answer Refuse(int status, string code, string message) => Json(status, new { message, __type = code }, ("x-amzn-ErrorType", code));

    private static Answer Json(int status, object body, params (string Name, string Value)[] headers) =>
        new(status, JsonSerializer.Serialize(body), [("Content-Type", "application/json"), .. headers]);
}
