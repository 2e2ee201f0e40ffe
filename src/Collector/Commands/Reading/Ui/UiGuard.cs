using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Collector.Commands.Reading.Ui;

/// <summary>Decides which requests are allowed (DESIGN.md, "Who may ask"). Thread safe.</summary>
/// <param name="token">The token that a request must have; empty: none.</param>
/// <param name="hosts">Names under which a browser may ask, beside localhost and addresses.</param>
internal sealed class UiGuard(string token, IReadOnlyCollection<string> hosts)
{
    private const string CookieName = "collector-ui";
    private const string Bearer = "Bearer ";

    /// <summary>Unique to this process: a cookie of another process, or for another token, is worth nothing.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Why a request is refused for any path; null: it is allowed.</summary>
    public (int Status, string Why)? Objection(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method))
            return (StatusCodes.Status405MethodNotAllowed, "Only GET is allowed.");

        // DNS rebinding: a page of evil.example, with a name that resolves to this server, has the same origin except for its Host
        // header.
        if (!IsKnown(request.Host.Host))
            return (StatusCodes.Status421MisdirectedRequest, "This server does not know this host name; use its IP address, or start it with --host NAME.");
        return null;
    }

    /// <summary>Why data is refused; null: it is allowed.</summary>
    public (int Status, string Why)? ObjectionToData(HttpRequest request)
    {
        // Browsers send this header; other clients may send anything, and need the token like everybody.
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
            return (StatusCodes.Status403Forbidden, "The request comes from another site.");
        return token.Length == 0 || IsToken(request) || IsCookie(request) ? null : (StatusCodes.Status401Unauthorized, "The token is missing or wrong.");
    }

    /// <summary>The cookie for a client that has sent the token.</summary>
    public void Admit(HttpResponse response) =>
        response.Cookies.Append(CookieName, Cookie(), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });

    private bool IsKnown(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private bool IsToken(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var given && given.StartsWith(Bearer, StringComparison.Ordinal) && IsEqual(given[Bearer.Length..], token);

    private bool IsCookie(HttpRequest request) => request.Cookies[CookieName] is { } given && IsEqual(given, Cookie());

    private string Cookie() => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(token)));

    /// <summary>In constant time, which shows neither where they differ nor how long they are.</summary>
    private bool IsEqual(string one, string other) => CryptographicOperations.FixedTimeEquals(
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(one)), HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(other)));
}
