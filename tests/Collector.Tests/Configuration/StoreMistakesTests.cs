using Collector.ObjectStores.S3;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every mistake in a store and its authentication.</summary>
public sealed class StoreMistakesTests
{
    private const string BucketMistake = "is not the name of a bucket; write 3 to 222 of a-z 0-9 - _ and . (no URL, no path)";
    private const string NotUsed = "is not used by this authentication type; remove it, or write type: ";

    [Theory]
    [InlineData("path: /a", "type (line 2): is required and missing; write one of filesystem, s3, azureBlob, gcs")]
    [InlineData("type: ftp", "type (line 2): 'ftp' is not a known type; write one of filesystem, s3, azureBlob, gcs")]
    [InlineData("type: filesystem", "path (line 2): is required and missing; add path (The directory for objects)")]
    [InlineData("type: filesystem, path: data", "path (line 2): 'data' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("type: filesystem, path: /a, bucket: b", "bucket (line 2): is a key of type s3, not of filesystem; remove it, or write type: s3")]
    [InlineData("type: s3", "bucket (line 2): is required and missing; add bucket (The bucket's name)")]
    [InlineData("type: s3, bucket: 's3://logs'", "bucket (line 2): 's3://logs' " + BucketMistake)]
    [InlineData("type: s3, bucket: logs, endpoint: 'minio:9000'", "endpoint (line 2): is not an http(s) URL; write a URL like https://host:port")]
    [InlineData("type: s3, bucket: logs, proxy: 'user:password@proxy'", "proxy (line 2): is not an http(s) URL; write a URL like https://host:port")]
    [InlineData("type: s3, bucket: logs, forcePathStyle: '1'", "forcePathStyle (line 2): is quoted text, not a boolean; write true or false, without quotes")]
    [InlineData("type: s3, bucket: logs, serverSideEncryption: kms", "serverSideEncryption (line 2): 'kms' is not one of the choices; write one of \"\", AES256, aws:kms, aws:kms:dsse")]
    [InlineData("type: s3, bucket: logs, kmsKeyId: a", "kmsKeyId (line 2): is allowed with serverSideEncryption aws:kms only; remove it, or write serverSideEncryption: aws:kms")]
    [InlineData("type: s3, bucket: logs, caFile: ca.pem", "caFile (line 2): 'ca.pem' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("type: s3, bucket: logs, tags: [a]", "tags (line 2): is a list, not a mapping; write it as {name: value}")]
    [InlineData("type: s3, bucket: logs, tags: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1}", "tags (line 2): has 11 tags; write at most 10")]
    [InlineData("type: azureBlob, container: logs", "account (line 2): is required and missing; add account: the name of the storage account")]
    [InlineData("type: azureBlob, account: mystorage", "container (line 2): is required and missing; add container (The container's name)")]
    [InlineData("type: azureBlob, account: My, container: logs", "account (line 2): 'My' is not the name of a storage account; write 3 to 24 of a-z and 0-9")]
    [InlineData("type: azureBlob, account: mystorage, container: L", "container (line 2): 'L' is not the name of a container; write 3 to 63 of a-z 0-9 and -")]
    [InlineData("type: gcs", "bucket (line 2): is required and missing; add bucket (The bucket's name)")]
    [InlineData("type: gcs, bucket: logs, container: a", "container (line 2): is a key of type azureBlob, not of gcs; remove it, or write type: azureBlob")]
    [InlineData("type: s3, bucket: logs--use1-az4--x-s3", "bucket (line 2): is the name of a directory bucket (S3 Express One Zone), which the collector does not support; write the name of a general purpose bucket")]
    [InlineData("type: s3, bucket: logs, endpoint: 'https://AKID:hunter2@minio:9000'", "endpoint (line 2): is not an http(s) URL: it has a user or a password in it; write credentials as authentication.accessKeyId and secretAccessKey")]
    [InlineData("type: azureBlob, account: mystorage, container: logs, endpoint: 'https://mystorage.blob.core.windows.net/?sv=1&sig=hunter2'", "endpoint (line 2): is not an http(s) URL: it has a query, such as a signature, in it; write credentials as authentication.sas (type sas) or authentication.accountKey (type accountKey)")]
    [InlineData("type: azureBlob, account: mystorage, container: 'https://mystorage.blob.core.windows.net/logs?sv=1&sig=hunter2'", "container (line 2): 'https://mystorage.blob.core.windows.net/logs?***' is not the name of a container; write 3 to 63 of a-z 0-9 and -")]
    [InlineData("type: gcs, bucket: logs, endpoint: 'https://me:hunter2@gcs'", "endpoint (line 2): is not an http(s) URL: it has a user or a password in it; write credentials as authentication.credentialsFile")]
    [InlineData("type: gcs, bucket: logs, proxy: 'http://me:hunter2@proxy/?a=b'", "proxy (line 2): is not an http(s) URL: it has a query; write a URL like https://host:port")]
    [InlineData("type: s3, bucket: logs, region: eu west 1", "region (line 2): 'eu west 1' is not the name of a region; write a name like eu-central-1, without blanks")]
    [InlineData("type: s3, bucket: logs, acl: publik", "acl (line 2): 'publik' is not a canned ACL; write private, public-read, public-read-write, authenticated-read, aws-exec-read, bucket-owner-read, bucket-owner-full-control or log-delivery-write")]
    [InlineData("type: s3, bucket: logs, tags: {\"\": z}", "tags. (line 2): is empty, not the key of a tag; write 1 to 128 characters of one line")]
    [InlineData("type: s3, bucket: logs, storageClass: \"private\\nx-amz-meta-a: b\"", "storageClass (line 2): 'private x-amz-meta-a: b' is not a text of one line; write one line of visible ASCII")]
    public void A_mistake_in_a_store_is_told(string keys, string mistake) => Assert.Equal([Prefix + mistake], MistakesOf(keys));

    /// <summary>S-145: as block scalars, variables and the files of secrets have them.</summary>
    [Theory]
    [InlineData("\n")]
    [InlineData(" \r\n")]
    public void What_is_behind_a_value_does_not_count(string behind)
    {
        var config = Yaml.Valid(
            Yaml.Source + "outputs: [{store: {type: s3, bucket: logs, region: '${V}', endpoint: '${U}', storageClass: '${V}', serverSideEncryption: 'aws:kms', kmsKeyId: '${V}', acl: '${A}', tags: {a: '${V}'}, "
            + "authentication: {type: accessKey, accessKeyId: '${V}', secretAccessKey: '${V}', sessionToken: '${V}', assumeRole: {roleArn: '${R}', externalId: '${V}'}}}}]\n",
            ("V", "x" + behind), ("A", "private" + behind), ("R", "arn:aws:iam::1:role/x" + behind), ("U", "https://minio:9000/" + behind));

        var s3 = Assert.IsType<S3Settings>(config.Outputs[0].Store);
        Assert.All(
            [
                s3.Region, s3.StorageClass, s3.KmsKeyId, s3.Tags["a"], s3.Identity.AccessKeyId.Value, s3.Identity.SecretAccessKey.Value,
                s3.Identity.SessionToken.Value, s3.Identity.AssumeRole.ExternalId,
            ],
            value => Assert.Equal("x", value));
        Assert.Equal(("https://minio:9000/", "private", "arn:aws:iam::1:role/x"), (s3.Endpoint, s3.Acl, s3.Identity.AssumeRole.RoleArn));
    }

    [Fact]
    public void A_secret_with_a_line_end_within_is_one_mistake_and_not_shown() => Assert.Equal(
        [Prefix + "authentication.secretAccessKey (line 2): is not a key or a token of one line (the value has a line end or another character that no key has); write the whole value on one line, and nothing else"],
        MistakesOf("type: s3, bucket: logs, authentication: {type: accessKey, accessKeyId: a, secretAccessKey: \"hun\\nter2\"}"));

    [Theory]
    [InlineData("type: key", "type (line 2): 'key' is not one of the choices; write one of auto, accessKey, webIdentity, podIdentity, instance")]
    [InlineData("type: accessKey, accessKeyId: a", "secretAccessKey (line 2): is required for type accessKey and missing; add secretAccessKey or secretAccessKeyFile")]
    [InlineData("type: accessKey, secretAccessKey: a", "accessKeyId (line 2): is required for type accessKey and missing; add accessKeyId or accessKeyIdFile")]
    [InlineData("type: accessKey, accessKeyId: a, secretAccessKey: b, secretAccessKeyFile: /c", "secretAccessKeyFile (line 2): and secretAccessKey exclude each other; remove secretAccessKey or secretAccessKeyFile")]
    [InlineData("type: accessKey, accessKeyId: a, secretAccessKeyFile: c", "secretAccessKeyFile (line 2): 'c' is not an absolute path; write a path from /, without . and .. in it")]
    [InlineData("type: accessKey, accessKeyId: a, secretAccessKeyFile: /c, roleArn: 'arn:aws:iam::1:role/d'", "roleArn (line 2): " + NotUsed + "webIdentity")]
    [InlineData("sessionTokenFile: /a", "sessionTokenFile (line 2): " + NotUsed + "accessKey")]
    [InlineData("accessKeyIdFile: /a", "accessKeyIdFile (line 2): " + NotUsed + "accessKey")]
    [InlineData("type: webIdentity, sessionName: a b", "sessionName (line 2): 'a b' is not the name of a session; write 2 to 64 of A-Z a-z 0-9 and _ + = , . @ -")]
    [InlineData("assumeRole: {roleArn: 'arn:aws:iam::1:role/a', sessionName: n}", "assumeRole.sessionName (line 2): 'n' is not the name of a session; write 2 to 64 of A-Z a-z 0-9 and _ + = , . @ -")]
    [InlineData("assumeRole: {roleArn: role/logs}", "assumeRole.roleArn (line 2): 'role/logs' is not the ARN of a role; write arn:aws:iam::ACCOUNT:role/NAME")]
    [InlineData("type: webIdentity, roleArn: logs", "roleArn (line 2): 'logs' is not the ARN of a role; write arn:aws:iam::ACCOUNT:role/NAME")]
    [InlineData("assumeRole: {externalId: a}", "assumeRole.roleArn (line 2): is empty, but other keys of the hop are not; write the ARN of the role, or remove assumeRole")]
    public void A_mistake_in_an_identity_of_S3_is_told(string keys, params string[] mistakes) =>
        Assert.Equal(mistakes.Select(mistake => $"{Prefix}authentication.{mistake}"), MistakesOf($"type: s3, bucket: logs, authentication: {{{keys}}}"));

    [Theory]
    [InlineData("type: accountKey", "accountKey (line 2): is required for type accountKey and missing; add accountKey or accountKeyFile")]
    [InlineData("type: sas", "sas (line 2): is required for type sas and missing; add sas or sasFile")]
    [InlineData("type: connectionString", "connectionString (line 2): is required for type connectionString and missing; add connectionString or connectionStringFile")]
    [InlineData("accountKey: a", "accountKey (line 2): " + NotUsed + "accountKey")]
    [InlineData("type: managedIdentity, tenantId: a", "tenantId (line 2): " + NotUsed + "workloadIdentity")]
    [InlineData("authorityHost: login.example", "authorityHost (line 2): is not an http(s) URL; write a URL like https://host:port")]
    public void A_mistake_in_an_identity_of_Azure_is_told(string keys, string mistake) => Assert.Equal(
        [$"{Prefix}authentication.{mistake}"], MistakesOf($"type: azureBlob, account: mystorage, container: logs, authentication: {{{keys}}}"));

    [Theory]
    [InlineData("type: none, credentialsFile: /a", "credentialsFile (line 2): " + NotUsed + "serviceAccountKey")]
    [InlineData("type: externalAccount, allowNodeIdentity: true", "allowNodeIdentity (line 2): is allowed with type auto only; remove it, or write type: auto")]
    public void A_mistake_in_an_identity_of_Google_is_told(string keys, string mistake) => Assert.Equal(
        [$"{Prefix}authentication.{mistake}"], MistakesOf($"type: gcs, bucket: logs, authentication: {{{keys}}}"));

    [Fact]
    public void A_connection_string_names_the_account() => Assert.Empty(
        MistakesOf("type: azureBlob, container: logs, authentication: {type: connectionString, connectionStringFile: /a}"));

    [Fact]
    public void An_emulator_in_the_environment_that_is_no_address_is_a_mistake_where_it_counts()
    {
        var environment = ("STORAGE_EMULATOR_HOST", "gcs:port");

        Assert.Equal(
            [$"{Prefix}endpoint (line 2): is not written, and the environment variable STORAGE_EMULATOR_HOST is 'gcs:port', which is not an address; set it to HOST:PORT or a URL, or unset it, or write endpoint"],
            Yaml.Mistakes($"{Yaml.Source}outputs: [{{store: {{type: gcs, bucket: logs}}}}]", environment));
        Assert.Empty(Yaml.Mistakes($"{Yaml.Source}outputs: [{{store: {{type: gcs, bucket: logs, endpoint: 'http://gcs:4443'}}}}]", environment));
        Assert.Empty(Yaml.Mistakes(Yaml.Minimal, environment));
    }

    private const string Prefix = "outputs[0].store.";

    private static IEnumerable<string> MistakesOf(string store) => Yaml.Mistakes($"{Yaml.Source}outputs: [{{store: {{{store}}}}}]");
}
