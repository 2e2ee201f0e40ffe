using Amazon.Runtime;
using Amazon.Runtime.Identity;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Util;

namespace Collector.ObjectStores.S3;

/// <summary>Replaces the signer that the SDK has chosen by <see cref="S3Signer"/>.</summary>
internal sealed class S3Signing : PipelineHandler
{
    private static readonly S3Signer Signer = new();

    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        executionContext.RequestContext.Signer = Signer;
        return base.InvokeAsync<T>(executionContext);
    }
}

/// <summary>
/// Signature version 4 with the body's hash from the sealing of the object, and the attempt's own clock. The SDK's signer removes
/// an existing hash and reads the whole body once more.
/// </summary>
internal sealed class S3Signer : AWS4Signer
{
    private const string HashHeader = "x-amz-content-sha256";
    private const string Service = "s3";

    public override void Sign(IRequest request, IClientConfig clientConfig, RequestMetrics metrics, BaseIdentity identity)
    {
        var attempt = S3Attempt.Current;
        var signedAt = InitializeHeaders(request.Headers, request.Endpoint, attempt.Now.UtcDateTime);
        request.Headers[HashHeader] = attempt.Sha256;
        request.DeterminedSigningRegion = DetermineSigningRegion(clientConfig, Service, request.AlternateEndpoint, request);
        var headers = SortAndPruneHeaders(request.Headers);
        var canonical = CanonicalizeRequest(
            request.Endpoint,
            request.ResourcePath,
            request.HttpMethod,
            headers,
            CanonicalizeQueryParameters(GetParametersToCanonicalize(request)),
            attempt.Sha256,
            request.PathResources,
            doubleEncode: false);
        var result = ComputeSignature(
            attempt.Keys.AccessKeyId, attempt.Keys.Secret, request.DeterminedSigningRegion, signedAt, Service, CanonicalizeHeaderNames(headers), canonical);
        request.Headers["Authorization"] = result.ForAuthorizationHeader;
    }

    public override Task SignAsync(IRequest request, IClientConfig clientConfig, RequestMetrics metrics, BaseIdentity identity, CancellationToken token = default)
    {
        Sign(request, clientConfig, metrics, identity);
        return Task.CompletedTask;
    }
}

/// <summary>The credentials of the attempt, which it was given before it began, for the SDK.</summary>
internal sealed class AttemptCredentials : AWSCredentials
{
    public override ImmutableCredentials GetCredentials()
    {
        var keys = S3Attempt.Current.Keys;
        return new ImmutableCredentials(keys.AccessKeyId, keys.Secret, keys.Token.Length > 0 ? keys.Token : null);
    }
}
