using System.Text.RegularExpressions;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The one rule for texts that may contain a secret and go into a log or a message: URLs lose their user, password and query, and
/// anything that looks like a credential is removed, whoever wrote the text.
/// </summary>
public static partial class WithoutSecrets
{
    /// <summary>Marks a removed part.</summary>
    public const string Mark = "***";

    /// <summary>Scheme, host, port and path.</summary>
    public static string Strip(Uri url) => url.IsAbsoluteUri ? $"{url.Scheme}://{url.Authority}{url.AbsolutePath}" : In(url.OriginalString);

    /// <summary>
    /// A text that was meant as a URL, and may not be one: with user and password, the host is everything after the last @.
    /// </summary>
    public static string StripUrl(string text)
    {
        var end = text.AsSpan().IndexOfAny("?#");
        var at = text.LastIndexOf('@');
        var scheme = text.IndexOf("://", StringComparison.Ordinal) is > 0 and var found && found < at ? text[..(found + 3)] : "";
        var shown = at >= 0 ? $"{scheme}{Mark}@{(end > at ? text[(at + 1)..end] : end >= 0 ? text[(at + 1)..].Split('?', '#')[0] : text[(at + 1)..])}"
            : end >= 0 ? text[..end]
            : text;
        return In(end >= 0 ? $"{shown}?{Mark}" : shown);
    }

    /// <summary>Any text: a server's message, a mistake in a configuration, an error of the runtime.</summary>
    public static string In(string text)
    {
        if (text.Length == 0)
            return text;

        text = UserInfo().Replace(text, $"${{scheme}}{Mark}@");
        text = Query().Replace(text, $"${{url}}?{Mark}");
        text = Scheme().Replace(text, $"${{scheme}} {Mark}");
        text = Named().Replace(text, $"${{name}}={Mark}");
        text = Jwt().Replace(text, Mark);
        return Token().Replace(text, Mark);
    }

    /// <summary>A password may have any of the characters that should be escaped there.</summary>
    [GeneratedRegex(@"(?<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s'""<>]*@", RegexOptions.ExplicitCapture)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(?<url>[A-Za-z][A-Za-z0-9+.-]*://[^\s'""<>?#]*)[?#][^\s'""<>]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Query();

    [GeneratedRegex(@"\b(?<scheme>Bearer|Basic|SharedKey|SharedKeyLite|Negotiate|AWS4-HMAC-SHA256)\s+[^\s'""<>]{8,}(\s+(SignedHeaders|Signature)=[^\s'""<>]+)*", RegexOptions.ExplicitCapture)]
    private static partial Regex Scheme();

    /// <summary>In queries, forms and connection strings.</summary>
    [GeneratedRegex(@"\b(?<name>sig|Signature|X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|AccountKey|SharedAccessSignature|SharedAccessKey|upload_id|client_assertion|assertion|subject_token|client_secret|access_token|refresh_token|password|passwd|pwd|secret)=[^\s&;,'""<>]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Named();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*){0,2}", RegexOptions.ExplicitCapture)]
    private static partial Regex Jwt();

    /// <summary>
    /// Long, with small and large letters and digits without a break: keys, session tokens; no usual name looks like this.
    /// </summary>
    [GeneratedRegex(@"\b(?=[A-Za-z0-9+/=_~-]*[0-9])(?=[A-Za-z0-9+/=_~-]*[a-z])(?=[A-Za-z0-9+/=_~-]*[A-Z])[A-Za-z0-9+=_~-]{36,}[A-Za-z0-9+/=_~-]*")]
    private static partial Regex Token();
}
