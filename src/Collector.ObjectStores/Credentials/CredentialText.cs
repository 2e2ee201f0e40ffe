namespace Collector.ObjectStores.Credentials;

/// <summary>Keys and tokens as they go into the head of a request, which ends at a line's end.</summary>
internal static class CredentialText
{
    /// <summary>
    /// Without white space around it: files and variables end in a line's end more often than not. Throws
    /// <see cref="CredentialException"/>, without the text, for one that no header can hold.
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
