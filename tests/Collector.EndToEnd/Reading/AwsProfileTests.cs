using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Aws;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>
/// A person's AWS profile, by which the readers ask for a bucket that knows the keys of one role alone: a role that is assumed, and
/// SSO. The services check what Amazon's check; the SDK finds its clients of them in the released binary.
/// </summary>
public sealed class AwsProfileTests : IAsyncDisposable
{
    private const string Key = "persisted-logs/namespace-shop.pod-cart.cont-app/1795953625443-n1-000000000001.jsonl";
    private const string Line = "{\"time\":\"2026-11-29T10:00:00.000000000Z\",\"stream\":\"stdout\",\"log\":\"a line\"}";
    private const string User = "AKIAUSER";
    private const string UserSecret = "secret-of-the-user";
    private const string BucketRegion = "eu-west-3";
    private const string StartUrl = "https://example.awsapps.com/start";

    private readonly TemporaryDirectory home = new();
    private readonly ClusterIssuer cluster = new();
    private readonly S3Keys people = new();
    private readonly SignedBucket bucket = new(Key, Line + "\n");
    private readonly ScriptedServer bucketServer, stsServer, ssoServer, metadataServer;
    private FakeSts sts;
    private FakeSso sso;

    public AwsProfileTests()
    {
        people.Add(User, UserSecret);
        sts = new FakeSts(cluster, people, TimeProvider.System) { KnownOfSecondRole = bucket.Keys };
        sso = new FakeSso(bucket.Keys, TimeProvider.System);
        bucketServer = ScriptedServer.Start(bucket.Serve);
        stsServer = ScriptedServer.Start(request => sts.Serve(request));
        ssoServer = ScriptedServer.Start(request => sso.Serve(request));
        metadataServer = ScriptedServer.Start(new FakeInstanceMetadata(people, TimeProvider.System).Serve);
    }

    public async ValueTask DisposeAsync()
    {
        await bucketServer.DisposeAsync();
        await stsServer.DisposeAsync();
        await ssoServer.DisposeAsync();
        await metadataServer.DisposeAsync();
        cluster.Dispose();
        home.Dispose();
    }

    /// <summary>The instance is asked for nothing: at a desk there is none, and nobody answers.</summary>
    [Theory]
    [InlineData("region = eu-central-1", "eu-central-1")]
    [InlineData("", BucketRegion)]
    public void A_role_is_assumed_with_the_keys_of_another_profile(string line, string region)
    {
        Write("credentials", $"[me]\naws_access_key_id = {User}\naws_secret_access_key = {UserSecret}\n");
        Write("config", $"[profile logs]\n{line}\nrole_arn = {FakeSts.SecondRole}\nsource_profile = me\nexternal_id = {FakeSts.ExternalId}\n");

        AssertReads();
        Assert.Contains($"/{region}/sts/", Assert.Single(stsServer.Requests)["authorization"], StringComparison.Ordinal);
        Assert.Empty(metadataServer.Requests);
    }

    [Fact]
    public void A_role_is_assumed_with_the_keys_of_the_instance()
    {
        Write("config", $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\ncredential_source = Ec2InstanceMetadata\n");
        sts = new FakeSts(cluster, people, TimeProvider.System) { KnownOfSecondRole = bucket.Keys, AskedExternalId = null };

        AssertReads();
        Assert.Equal(1, sts.Given);
    }

    [Fact]
    public void A_role_is_assumed_by_the_token_in_a_file()
    {
        File.WriteAllText(home.Sub("token"), cluster.TokenFor(FakeSts.Subject, FakeSts.Audience, DateTimeOffset.UtcNow));
        Write("config", $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.PodRole}\nweb_identity_token_file = {home.Sub("token")}\n");
        sts = new FakeSts(cluster, bucket.Keys, TimeProvider.System);

        AssertReads();
        Assert.Equal(1, sts.Given);
    }

    /// <summary>As <c>aws configure sso</c> writes it today, and as it did before it knew sessions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_signed_in_by_SSO_reads(bool isSession)
    {
        WriteSso(isSession);
        SignIn(isSession, DateTimeOffset.UtcNow.AddHours(1));

        AssertReads();
        Assert.Equal("/federation/credentials", Assert.Single(ssoServer.Requests).Target.Split('?')[0]);
        Assert.Empty(metadataServer.Requests);
    }

    [Fact]
    public void A_role_is_assumed_by_who_is_signed_in_by_SSO()
    {
        WriteSso(isSession: true, name: "person", more: $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\nexternal_id = {FakeSts.ExternalId}\nsource_profile = person\n");
        SignIn(isSession: true, DateTimeOffset.UtcNow.AddHours(1));
        sso = new FakeSso(people, TimeProvider.System);

        AssertReads();
        Assert.Equal(1, sts.Given);
    }

    /// <summary>Its file is then another tool's as well.</summary>
    [Fact]
    public void A_token_of_SSO_that_has_ended_is_refreshed_and_stored()
    {
        WriteSso(isSession: true);
        SignIn(isSession: true, DateTimeOffset.UtcNow.AddMinutes(-1), FakeSso.RefreshToken);

        AssertReads();
        AssertReads();
        Assert.Equal(["/token", "/federation/credentials", "/federation/credentials"], ssoServer.Requests.Select(request => request.Target.Split('?')[0]));
    }

    [Theory]
    [InlineData(true, -1, "")]
    [InlineData(true, -1, "refresh-0")]
    [InlineData(true, 60, "", "access-0")]
    [InlineData(true, null, "")]
    [InlineData(false, -1, "")]
    [InlineData(false, null, "")]
    public void Who_is_not_signed_in_is_told_how_in_one_line(bool isSession, int? minutes, string refreshToken, string accessToken = "access-1")
    {
        WriteSso(isSession);
        if (minutes is { } life)
            SignIn(isSession, DateTimeOffset.UtcNow.AddMinutes(life), refreshToken, accessToken);

        Assert.Equal("AWS profile logs: not signed in by SSO, or no longer; run: aws sso login --profile logs", Refusal());
        Assert.Empty(metadataServer.Requests);
    }

    [Fact]
    public void Who_is_not_signed_in_as_the_source_of_a_role_is_told_its_profile()
    {
        WriteSso(isSession: true, name: "person", more: $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\nsource_profile = person\n");

        Assert.EndsWith("run: aws sso login --profile person", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_that_SSO_does_not_give_is_told()
    {
        WriteSso(isSession: true, role: "Admin");
        SignIn(isSession: true, DateTimeOffset.UtcNow.AddHours(1));

        Assert.Equal("AWS profile logs: 403 ForbiddenException: No access", Refusal());
    }

    [Fact]
    public void A_role_that_does_not_trust_is_told()
    {
        Write("credentials", $"[me]\naws_access_key_id = {User}\naws_secret_access_key = {UserSecret}\n");
        Write("config", $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\nsource_profile = me\n");

        Assert.Equal($"AWS profile logs: Error calling AssumeRole for role {FakeSts.SecondRole}: 403 AccessDenied: not authorized to perform: sts:AssumeRole", Refusal());
    }

    [Fact]
    public void A_profile_that_asks_for_a_code_is_told_another_way()
    {
        Write("credentials", $"[me]\naws_access_key_id = {User}\naws_secret_access_key = {UserSecret}\n");
        Write("config", $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\nsource_profile = me\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n");

        var said = Refusal();
        Assert.Contains("requires an MFA", said, StringComparison.Ordinal);
        Assert.EndsWith("run eval \"$(aws configure export-credentials --profile logs --format env)\" before", said, StringComparison.Ordinal);
        Assert.Empty(metadataServer.Requests);
    }

    [Fact]
    public void A_profile_that_the_SDK_cannot_use_is_not_passed_over_for_the_instance()
    {
        Write("config", $"[profile logs]\nregion = eu-central-1\nrole_arn = {FakeSts.SecondRole}\n");

        Assert.StartsWith("AWS profile logs: Credential profile [logs] is not valid.", Refusal(), StringComparison.Ordinal);
        Assert.Empty(metadataServer.Requests);
    }

    private void AssertReads()
    {
        CommandRun run = Run();
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Equal("a line\n", run.Output);
    }

    /// <summary>What the last line says of why it is not read; before it may be how far reading came, when that is slow.</summary>
    private string Refusal()
    {
        CommandRun run = Run();
        Assert.Equal((5, ""), (run.ExitCode, run.Output));
        string line = run.Errors.TrimEnd('\n').Split('\n')[^1], before = $"s3://{SignedBucket.Name} at {Url(bucketServer)} refused: ";
        Assert.StartsWith(before, line, StringComparison.Ordinal);
        return line[before.Length..];
    }

    private CommandRun Run() => CommandRun.Of(
        "env",
        "-i",
        $"HOME={home.Path}",
        "AWS_PROFILE=logs",
        $"AWS_ENDPOINT_URL_STS={Url(stsServer)}",
        $"AWS_ENDPOINT_URL_SSO={Url(ssoServer)}",
        $"AWS_ENDPOINT_URL_SSO_OIDC={Url(ssoServer)}",
        $"AWS_EC2_METADATA_SERVICE_ENDPOINT={Url(metadataServer)}",
        CollectorBinary.Path,
        "logs", "cart", "-n", "shop", "--from", $"s3://{SignedBucket.Name}?region={BucketRegion}&endpoint={Url(bucketServer)}");

    private static string Url(ScriptedServer server) => server.Endpoint.OriginalString.TrimEnd('/');

    private void Write(string name, string text)
    {
        string path = home.Sub(Path.Combine(".aws", name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void WriteSso(bool isSession, string name = "logs", string role = FakeSso.Role, string more = "")
    {
        string portal = $"sso_start_url = {StartUrl}\nsso_region = eu-west-1\n";
        Write("config", $"[profile {name}]\nregion = eu-central-1\nsso_account_id = {FakeSso.Account}\nsso_role_name = {role}\n"
            + (isSession ? $"sso_session = work\n\n[sso-session work]\nsso_registration_scopes = sso:account:access\n{portal}" : portal)
            + more);
    }

    /// <summary>Stores what <c>aws sso login</c> stores, under the SHA-1 of the session's name, or of the portal's address.</summary>
    private void SignIn(bool isSession, DateTimeOffset end, string refreshToken = "", string accessToken = "access-1")
    {
        var token = new Dictionary<string, string>
        {
            ["startUrl"] = StartUrl,
            ["region"] = "eu-west-1",
            ["accessToken"] = accessToken,
            ["expiresAt"] = Utc(end),
        };
        if (refreshToken.Length > 0)
        {
            token["clientId"] = FakeSso.ClientId;
            token["clientSecret"] = FakeSso.ClientSecret;
            token["registrationExpiresAt"] = Utc(end.AddDays(30));
            token["refreshToken"] = refreshToken;
        }

#pragma warning disable CA5350 // The name of the file is Amazon's choice.
        string hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(isSession ? "work" : StartUrl)));
#pragma warning restore CA5350
        Write(Path.Combine("sso", "cache", $"{hash}.json"), JsonSerializer.Serialize(token));
    }

    private static string Utc(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
