namespace Collector.ObjectStores.Credentials;

/// <summary>Small files that hold a token or a key, and are replaced while we run: read anew each time.</summary>
internal static class CredentialFile
{
    /// <summary>The text without white space around it. Throws <see cref="CredentialException"/> with <paramref name="name"/> when it cannot be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What the user knows it by: a configuration key or a variable.</param>
    public static string Read(string path, string name)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException($"{name} {path} cannot be read: {e.Message}", e);
        }
    }
}
