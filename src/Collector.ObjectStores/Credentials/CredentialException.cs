namespace Collector.ObjectStores.Credentials;

/// <summary>
/// No credentials can be had. The message names the variable, file or annotation that is missing, or who refused; never a secret.
/// </summary>
public sealed class CredentialException : Exception
{
    public CredentialException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Whoever gives them out did not answer, or could not: it passes, and nothing is wrong with the identity.</summary>
    public bool IsUnavailable { get; init; }
}
