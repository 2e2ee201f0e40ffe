using System.Net;
using System.Text.RegularExpressions;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Http;

/// <summary>Secrets of our request that a server may repeat in its answer, and that the log must not show.</summary>
internal sealed partial class EchoedSecrets
{
    private static readonly string[] Headers = ["Authorization", "Proxy-Authorization", "x-amz-security-token", "X-aws-ec2-metadata-token"];

    private const int Shortest = 12;

    private readonly List<string> _secrets = [];

    /// <param name="request">Null where it is not known.</param>
    public EchoedSecrets(HttpRequestMessage? request)
    {
        foreach (var name in request is null ? [] : Headers)
        {
            if (request!.Headers.NonValidated.TryGetValues(name, out var values))
                Add(Secret(values.ToString()));
        }

        if (request?.RequestUri is { IsAbsoluteUri: true, Query.Length: > 1 } url)
            Add(url.Query);
    }

    public static EchoedSecrets None { get; } = new(null);

    /// <summary>The text without these secrets, however they are escaped, and without anything that looks like a secret.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _secrets)
        {
            text = Hide(text, secret);
        }

        return WithoutSecrets.In(text);
    }

    /// <summary>Also finds a secret that the answer cuts off, because most of it is still a secret.</summary>
    private static string Hide(string text, string secret)
    {
        for (int at; (at = text.IndexOf(secret[..Shortest], StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            var common = text.AsSpan(at).CommonPrefixLength(secret);
            text = string.Concat(text.AsSpan(0, at), WithoutSecrets.Mark, text.AsSpan(at + Math.Max(common, Shortest)));
        }

        return text;
    }

    /// <summary>Of a signed request only the signature is secret; the rest are names, which messages may contain.</summary>
    private static string Secret(string header) => header.StartsWith("AWS4-", StringComparison.Ordinal) ? header[(header.LastIndexOf('=') + 1)..]
        : header.StartsWith("SharedKey", StringComparison.Ordinal) ? header[(header.LastIndexOf(':') + 1)..]
        : header;

    private void Add(string value)
    {
        foreach (var found in Piece().EnumerateMatches(value))
        {
            var piece = value.Substring(found.Index, found.Length);
            string[] forms = [piece, Uri.UnescapeDataString(piece), Uri.EscapeDataString(piece), WebUtility.HtmlEncode(piece), piece.Replace("/", "\\/", StringComparison.Ordinal)];
            _secrets.AddRange(forms.Where(form => form.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(form => form.Length));
        }
    }

    /// <summary>Long enough to be a secret, or an important part of one.</summary>
    [GeneratedRegex(@"[A-Za-z0-9+/_.~%-]{12,}=*")]
    private static partial Regex Piece();
}
