using Collector.Pipeline.Storage;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// A small file with a token or a key that may be replaced while we run, and the name under which the user knows it.
/// </summary>
/// <param name="Path">Empty: not configured.</param>
/// <param name="Name">A configuration key or a variable, for messages.</param>
internal readonly record struct NamedFile(string Path, string Name)
{
    /// <summary>The configured one, else the environment's.</summary>
    public static NamedFile Of(string configured, string key, Variables environment, string variable) =>
        configured.Length > 0 ? new NamedFile(configured, key) : new NamedFile(environment[variable], variable);

    public override string ToString() => $"{Name} {Path}";

    /// <summary>
    /// The current key or token. Throws <see cref="CredentialException"/> like <see cref="ReadAsync"/>, and for more than one.
    /// </summary>
    public async Task<string> ReadCredentialAsync(CancellationToken cancellation) =>
        CredentialText.Of(await ReadAsync(cancellation).ConfigureAwait(false), ToString());

    /// <summary>
    /// The current text, without white space around it. Throws <see cref="CredentialException"/> when it cannot be read, or is
    /// empty.
    /// </summary>
    public async Task<string> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var text = (await SmallFile.ReadTextAsync(Path, cancellation).ConfigureAwait(false)).Trim();
            return text.Length > 0 ? text : throw new CredentialException($"{this} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException($"{this} cannot be read: {e.Message}", e) { IsUnavailable = e is FileHangsException };
        }
    }
}
