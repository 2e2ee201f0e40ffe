using System.Globalization;
using Azure;
using Azure.Storage.Blobs;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// A shared access signature, which the SDK puts into each request's query. A signature in a file is read again each time, because
/// it expires and is replaced.
/// </summary>
internal sealed class SharedAccessSignature(Func<CancellationToken, ValueTask<string>> sas) : AzureIdentity
{
    /// <summary>Boxed, so that it can be read while it is being written.</summary>
    private volatile object? _expiry;

    public override string Description => "shared access signature";

    public override DateTimeOffset? Expiry => (DateTimeOffset?)_expiry;

    public override async ValueTask PrepareAsync(CancellationToken cancellation) => await ReadAsync(cancellation).ConfigureAwait(false);

    public override async ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation) =>
        new(blob, new AzureSasCredential(await ReadAsync(cancellation).ConfigureAwait(false)), options);

    private async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        // A signature is escaped as a whole, so a blank in it is foreign.
        var query = (await sas(cancellation).ConfigureAwait(false)).Trim().TrimStart('?');
        if (query.Contains(' ', StringComparison.Ordinal) || query.Contains("://", StringComparison.Ordinal))
            throw new CredentialException("the shared access signature has a blank or a URL in it: copy the token alone, which is everything after the question mark");
        if (!query.Contains("sig=", StringComparison.Ordinal))
            throw new CredentialException("the shared access signature has no sig=: copy the whole token, which is everything after the question mark");

        _expiry = ExpiryOf(query);
        return query;
    }

    /// <summary><c>se</c>; a signature over a stored access policy may have none.</summary>
    private static DateTimeOffset? ExpiryOf(string query)
    {
        var end = query.Split('&').FirstOrDefault(part => part.StartsWith("se=", StringComparison.Ordinal));
        return end is not null && DateTimeOffset.TryParse(
            Uri.UnescapeDataString(end["se=".Length..]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expiry)
            ? expiry
            : null;
    }
}
