using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.S3;

/// <summary>Endpoint and region, from the settings and the environment.</summary>
/// <param name="Endpoint">Null: Amazon's for the region.</param>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="Problem">What is missing or wrong, and what to write; empty if nothing is wrong.</param>
internal sealed record S3Place(Uri? Endpoint, string Region, string Problem)
{
    /// <summary>The region for stores without regions.</summary>
    private const string NoRegion = "us-east-1";

    /// <summary>The ends of the names of directory buckets, and of their access points.</summary>
    private static readonly string[] DirectoryBuckets = ["--x-s3", "--xa-s3"];

    /// <summary>The domains of all partitions.</summary>
    private static readonly string[] AmazonDomains = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"];

    /// <summary>The bucket is in the path: because it is configured so, or because it cannot stand before the host.</summary>
    public bool IsPathStyle { get; private init; }

    /// <summary>Amazon's own S3, whatever the URL: it supports all headers that it documents.</summary>
    public bool IsAmazon => Endpoint is null || Array.Exists(AmazonDomains, domain => Endpoint.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));

    /// <summary>With the problem of the proxy, because S3 is first asked with an object, and the start shall tell it.</summary>
    /// <param name="proxy"><c>store.proxy</c>; empty: the environment decides.</param>
    /// <param name="variable">The environment.</param>
    public S3Place CheckProxy(string proxy, Func<string, string?> variable)
    {
        var url = Endpoint ?? new Uri($"https://s3{AmazonDomains[0]}");
        var setting = ProxySetting.Parse(ProxySetting.Key, proxy) ?? new EnvironmentProxy(variable).For(url);
        return Problem.Length == 0 && setting is { Problem.Length: > 0 } ? this with { Problem = setting.Problem } : this;
    }

    public static S3Place Of(S3Settings settings, AwsEnvironment environment)
    {
        var endpoint = settings.Endpoint.Length > 0 ? settings.Endpoint : environment.S3Endpoint;
        var region = settings.Region.Length > 0 ? settings.Region : environment.Region;
        if (Array.Exists(DirectoryBuckets, suffix => settings.Bucket.EndsWith(suffix, StringComparison.Ordinal)))
            return new S3Place(null, region, $"{settings.Bucket} is a directory bucket (S3 Express One Zone), which the collector does not support: write the name of a general purpose bucket as store.bucket");
        if (endpoint.Length == 0)
            return new S3Place(null, region, region.Length > 0 ? "" : "no region: write store.region, or set AWS_REGION") { IsPathStyle = settings.ForcePathStyle };
        if (HttpUrl.ProblemOf(endpoint) is { } problem)
            return new S3Place(null, region, $"the endpoint {WithoutSecrets.StripUrl(endpoint)} {problem}: correct store.endpoint, or {environment.NameOfS3Endpoint}");

        // The SDK appends a slash to a path.
        var url = new Uri(endpoint.TrimEnd('/'));
        return new S3Place(url, region.Length > 0 ? region : NoRegion, "") { IsPathStyle = settings.ForcePathStyle || PathStyle.IsNeeded(url) };
    }
}
