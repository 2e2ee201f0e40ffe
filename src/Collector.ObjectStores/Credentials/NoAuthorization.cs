namespace Collector.ObjectStores.Credentials;

/// <summary>Requests without an identity, for emulators and open buckets.</summary>
internal sealed class NoAuthorization : RequestAuthorization
{
    public override string Description => "nobody";

    public override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation) => ValueTask.CompletedTask;
}
