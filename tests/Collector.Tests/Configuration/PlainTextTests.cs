using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Tokens on a line that anybody may listen to are warned of; signatures and loopback are not.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'http://blobs.example.com'", true)]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'http://blobs.example.com', authentication: {type: sas, sasFile: /sas}", true)]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'http://blobs.example.com', authentication: {type: accountKey, accountKeyFile: /key}", false)]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'https://blobs.example.com'", false)]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'http://127.0.0.1:10000'", false)]
    [InlineData("type: azureBlob, account: mystorage, container: logs", false)]
    [InlineData("type: gcs, bucket: logs, endpoint: 'http://gcs.example.com'", true)]
    [InlineData("type: gcs, bucket: logs, endpoint: 'http://gcs.example.com', authentication: {type: none}", false)]
    [InlineData("type: gcs, bucket: logs, endpoint: 'http://localhost:4443'", false)]
    [InlineData("type: s3, bucket: logs, endpoint: 'http://minio:9000'", false)]
    public void A_token_that_goes_over_plain_http_to_another_host_is_warned_of(string store, bool isWarned)
    {
        var config = Yaml.Valid($"{Yaml.Source}outputs:\n  - store: {{{store}}}");

        var warnings = PlainTextWarnings.Of(config).ToArray();

        Assert.Equal(isWarned ? 1 : 0, warnings.Length);
        Assert.All(warnings, warning => Assert.StartsWith("outputs.default.store.endpoint: http://", warning, StringComparison.Ordinal));
    }
}
