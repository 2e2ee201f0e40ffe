using Collector.Hosting;
using Collector.Tests.Configuration;
using Xunit;

namespace Collector.Tests.Hosting;

/// <summary>Which store an output's configuration becomes, and what the log says of it at start.</summary>
public sealed class StoreMappingTests
{
    [Theory]
    [InlineData("type: filesystem, path: /data", "filesystem /data")]
    [InlineData("type: s3, bucket: logs, region: eu-west-3, authentication: {type: accessKey, accessKeyId: AKID, secretAccessKey: s}",
        "s3://logs in eu-west-3 as access key AKID (configured)")]
    [InlineData("type: s3, bucket: logs, endpoint: 'http://minio:9000', authentication: {type: accessKey, accessKeyIdFile: /keys/id, secretAccessKeyFile: /keys/secret}",
        "s3://logs at http://minio:9000 as access key (configured)")]
    [InlineData("type: s3, bucket: logs, region: eu-west-3, authentication: {roleArn: 'arn:aws:iam::1:role/pod', tokenFile: /token}",
        "s3://logs in eu-west-3 as web identity arn:aws:iam::1:role/pod")]
    [InlineData("type: s3, bucket: logs, region: eu-west-3, authentication: {type: instance, assumeRole: {roleArn: 'arn:aws:iam::2:role/far'}}",
        "s3://logs in eu-west-3 as role arn:aws:iam::2:role/far, by instance role")]
    [InlineData("type: s3, bucket: logs, region: eu-west-3, authentication: {type: podIdentity}", "s3://logs in eu-west-3 as pod identity (missing)")]
    public async Task A_store_says_where_it_writes_and_as_whom(string store, string description)
    {
        var config = Yaml.Valid($"{Yaml.Source}outputs:\n  - store: {{{store}}}");

        await using var created = StoreMapping.Create(config.Outputs[0]);

        Assert.Equal(description, created.Description);
    }
}
