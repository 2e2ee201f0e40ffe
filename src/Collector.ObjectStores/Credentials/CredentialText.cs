namespace Collector.ObjectStores.Credentials;

/// <summary>Keys and tokens for a request's header, which ends at a line end.</summary>
internal static class CredentialText
{
    /// <summary>
    /// Without white space around it, because files and variables often end in a line end. Throws
    /// <see cref="CredentialException"/>, without the text, for text that no header can hold.
    /// </summary>
    /// <param name="text">A key, a token, a signature.</param>
    /// <param name="name">The name under which the user knows it.</param>
    public static string Of(string text, string name)
    {
        var trimmed = text.Trim();
        return IsFit(trimmed)
            ? trimmed
            : throw new CredentialException($"{name} has a line end or another character that no key or token has: copy the whole value again, and nothing else");
    }

    /// <summary>Visible ASCII, and blanks.</summary>
    public static bool IsFit(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
