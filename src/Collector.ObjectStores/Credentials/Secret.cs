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
    /// <param name="cancellation">Ends the wait for the file.</param>
    public async ValueTask<string> ReadAsync(string key, CancellationToken cancellation) =>
        File.Length == 0 ? CredentialText.Of(Value, key) : await new NamedFile(File, key + "File").ReadCredentialAsync(cancellation).ConfigureAwait(false);

    public override string ToString() => File.Length > 0 ? $"(secret in {File})" : IsGiven ? "(secret)" : "";
}
