namespace Collector.ObjectStores.Credentials;

/// <summary>A configured identity that cannot be had: every attempt says what is missing, and none is made as anybody else.</summary>
internal sealed class MissingAuthorization(string name, string why) : RequestAuthorization
{
    public override string Description => $"{name} (missing)";

    public override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) => throw new CredentialException(why);
}

/// <summary>Requests without an identity, for emulators and open buckets.</summary>
internal sealed class NoAuthorization : RequestAuthorization
{
    public override string Description => "nobody";

    public override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) => ValueTask.CompletedTask;
}
