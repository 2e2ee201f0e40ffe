using System.Net.Http.Headers;
using k8s.Authentication;

namespace Collector.Kubernetes;

/// <summary>
/// A token in a file, which kubelet replaces: read for each request. The package's own class would wait without end for a file that
/// hangs.
/// </summary>
/// <param name="token">Names the file.</param>
internal sealed class TokenFile(ApiCredential token) : ITokenProvider
{
    /// <exception cref="ApiAccessException">The file cannot be read.</exception>
    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        Task.Run(() => new AuthenticationHeaderValue("Bearer", token.Read().Trim()), cancellationToken);
}
