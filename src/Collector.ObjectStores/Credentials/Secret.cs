namespace Collector.ObjectStores.Credentials;

/// <summary>A secret, or a file with a secret that may change. Never prints the secret.</summary>
public sealed record Secret(string Value, string File)
{
    public static Secret None { get; } = new("", "");

    public bool IsGiven => Value.Length > 0 || File.Length > 0;

    /// <summary>
    /// The current secret. Throws <see cref="CredentialException"/> that names <paramref name="key"/> when the file cannot be read
    /// or is empty, or when a header cannot hold the content.
    /// </summary>
    /// <param name="key">The configuration's key, without <c>File</c>.</param>
    public string Read(string key) => File.Length == 0 ? CredentialText.Of(Value, key) : new NamedFile(File, key + "File").ReadCredential();

    public override string ToString() => File.Length > 0 ? $"(secret in {File})" : IsGiven ? "(secret)" : "";
}
