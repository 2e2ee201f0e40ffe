using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// No credentials are available. The message names the missing variable, file or annotation, or the server that refused; it never
/// contains a secret.
/// </summary>
public sealed class CredentialException : Exception
{
    public CredentialException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Finds our own exception inside a library's one, or makes one from the library's message.</summary>
    /// <param name="e">The library's exception.</param>
    /// <param name="who">The name of the server that was asked, for the message.</param>
    internal static CredentialException Of(Exception e, string who)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is CredentialException said)
                return new CredentialException(said.Message, e) { IsUnavailable = said.IsUnavailable };
        }

        return new CredentialException($"{who}: {ServerWords.FirstLine(e.GetBaseException().Message)}", e);
    }

    /// <summary>The issuer did not answer, or could not. This passes, and nothing is wrong with the identity.</summary>
    public bool IsUnavailable { get; init; }
}
