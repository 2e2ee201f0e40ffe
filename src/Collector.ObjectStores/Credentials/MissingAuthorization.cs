namespace Collector.ObjectStores.Credentials;

/// <summary>A configured identity that cannot be had: every attempt says what is missing, and none is made as anybody else.</summary>
internal sealed class MissingAuthorization(string name, string why) : RequestAuthorization
{
    public override string Description => $"{name} (missing)";

    public override ValueTask PrepareAsync(CancellationToken cancellation) => throw new CredentialException(why);

    public override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) => throw new CredentialException(why);
}
