using Collector.ObjectStores.Credentials;

namespace Collector.ObjectStores.S3;

/// <summary>Which endpoint and region, from the options and the environment.</summary>
/// <param name="Endpoint">Null: Amazon's for the region.</param>
/// <param name="Region">What requests are signed for; empty when nobody said.</param>
internal sealed record S3Place(Uri? Endpoint, string Region)
{
    /// <summary>What stores that know no regions sign with.</summary>
    private const string NoRegion = "us-east-1";

    /// <summary>Amazon's own S3, whatever the URL: it takes all the headers that it documents.</summary>
    public bool IsAmazon => Endpoint is null || Endpoint.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase)
        || Endpoint.Host.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase);

    public static S3Place Of(S3Options options, AwsEnvironment environment)
    {
        var endpoint = options.Endpoint.Length > 0 ? options.Endpoint : environment.S3Endpoint;
        var region = options.Region.Length > 0 ? options.Region : environment.Region;
        var url = endpoint.Length > 0 ? new Uri(endpoint) : null;
        return new S3Place(url, region.Length == 0 && url is not null ? NoRegion : region);
    }
}
