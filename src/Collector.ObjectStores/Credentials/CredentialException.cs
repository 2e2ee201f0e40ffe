using Collector.ObjectStores.Http;

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

    /// <summary>What a library made of one that was thrown beneath it, else of its own trouble.</summary>
    /// <param name="e">What the library threw.</param>
    /// <param name="who">Whom it asked, for a message in its own words.</param>
    internal static CredentialException Of(Exception e, string who)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is CredentialException said)
                return new CredentialException(said.Message, e) { IsUnavailable = said.IsUnavailable };
        }

        return new CredentialException($"{who}: {ServerWords.FirstLine(e.GetBaseException().Message)}", e);
    }

    /// <summary>Whoever gives them out did not answer, or could not: it passes, and nothing is wrong with the identity.</summary>
    public bool IsUnavailable { get; init; }
}
