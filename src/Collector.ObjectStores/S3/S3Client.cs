using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.S3;

/// <summary>The SDK's client without decisions of its own: no retries, no checksums that we did not request.</summary>
internal sealed class S3Client : AmazonS3Client
{
    /// <summary>The block size from disk to socket; the SDK's 8 KiB would need a call for each.</summary>
    private const int BlockSize = 128 * 1024;

    public S3Client(S3Settings settings, S3Place place)
        : base(new AttemptCredentials(), ToConfig(settings, place))
    {
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerBefore<Signer>(new S3Signing());
    }

    private static AmazonS3Config ToConfig(S3Settings settings, S3Place place)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = place.IsPathStyle,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            DisableClockSkewCorrection = true,
            RetryMode = RequestRetryMode.Standard,
            DefaultConfigurationMode = DefaultConfigurationMode.Standard,
            IgnoreConfiguredEndpointUrls = true,

            // By default the SDK appends a checksum after the body, in an encoding that stores other than Amazon's refuse.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            BufferSize = BlockSize,
            HttpClientCacheSize = 1,
            HttpClientFactory = new SdkConnections(() => new S3Transport(HttpTransport.Create(settings.CaFile, settings.Proxy))),
        };
        if (place.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri.TrimEnd('/');
            config.AuthenticationRegion = place.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(place.Region);
        }

        return config;
    }
}
