using System.Net;
using System.Text.Json;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Tests.S3;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>S-145: no secret in any message, whoever makes it, and whatever line end or blank is behind a key.</summary>
public sealed class SecretTests
{
    private const string Secret = "hunter2-Geheim";
    private const string SessionToken = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDexample+of/a==";
    private const string Sas = "sv=2022-11-02&sp=cw&se=2030-01-01T00:00:00Z&sig=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4%2Bx%3D";

    public static TheoryData<string> Echoes => ["plain", "html", "xml", "json", "header", "url", "cut"];

    /// <summary>A server, or a proxy's debug page, that says back what it got.</summary>
    [Theory]
    [MemberData(nameof(Echoes))]
    public async Task What_a_server_echoes_of_our_request_is_not_told(string form)
    {
        await using var server = ScriptedServer.Start(request => Echo(form, request));
        var url = server.Endpoint.OriginalString;
        IObjectStore[] stores =
        [
            Stores.Open(Stores.Settings(server.Endpoint, "logs") with { Identity = Stores.Keys("AKIDEXAMPLE", Secret) with { SessionToken = new Secret(SessionToken, "") } }),
            new AzureBlobObjectStore(
                new AzureBlobSettings { Account = "mystorage", Endpoint = url, Container = "logs", Identity = new AzureIdentitySettings { Type = AzureIdentityType.Sas, Sas = new Secret(Sas, "") } },
                _ => null, TimeProvider.System),
            AnyStore.Open("azureBlob", url),
        ];

        foreach (var store in stores)
        {
            var said = (await PutAsync(store)).Message + (await store.ProbeAsync(CancellationToken.None)).Message + store.Description;
            await store.DisposeAsync();

            Assert.NotEmpty(server.Requests);
            Assert.DoesNotContain(SessionToken[..20], said, StringComparison.Ordinal);
            Assert.DoesNotContain("Zm9vYmFy", said, StringComparison.Ordinal);
            Assert.All(server.Requests, request => Assert.True(request["authorization"].Length < 12 || !said.Contains(request["authorization"][^12..], StringComparison.Ordinal), said));
        }
    }

    /// <summary>A token service that says back the token that it got.</summary>
    [Fact]
    public async Task What_a_token_service_echoes_is_not_told()
    {
        const string jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
        await using var entra = ScriptedServer.Start(request => new Answer(401, JsonSerializer.Serialize(new { error = "invalid_client", error_description = $"no such assertion: {request.Text}; {WebUtility.UrlDecode(request.Text)}" })));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, jwt + "\n");
        await using var store = new AzureBlobObjectStore(
            new AzureBlobSettings
            {
                Account = "mystorage",
                Container = "logs",
                Identity = new AzureIdentitySettings { ClientId = "c", TenantId = "t", TokenFile = file, AuthorityHost = entra.Endpoint.OriginalString },
            },
            _ => null, TimeProvider.System);

        var said = (await PutAsync(store)).Message;
        File.Delete(file);

        Assert.Contains("invalid_client", said + "invalid_client", StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("c2lnbmF0", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azureBlob")]
    [InlineData("gcs")]
    public async Task An_endpoint_with_a_user_or_a_query_is_refused_and_not_told(string type)
    {
        foreach (var endpoint in new[] { $"https://me:{Secret}@store.test", $"https://store.test/?sig={Secret}", $"http//me:{Secret}@store.test", $"me:{Secret}@store.test:443" })
        {
            await using var store = AnyStore.Open(type, endpoint);

            var result = await PutAsync(store);
            var said = $"{result.Message} {(await store.ProbeAsync(CancellationToken.None)).Message} {await store.AuthenticateAsync(CancellationToken.None)} {store.Description}";

            Assert.True(result.Status is PutStatus.Unavailable or PutStatus.Unauthorized, $"{result}");
            Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);
            Assert.Contains("store.endpoint", said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("BlobEndpoint=https//x;AccountName=a;AccountKey=" + Secret)]
    [InlineData("BlobEndpoint=https://store.test?sig=" + Secret + ";SharedAccessSignature=sig=" + Secret)]
    [InlineData("AccountName=a:" + Secret + "@x;AccountKey=" + Secret)]
    [InlineData("AccountKey=" + Secret)]
    [InlineData(Secret)]
    public async Task A_broken_connection_string_is_not_told(string text)
    {
        await using var store = new AzureBlobObjectStore(
            new AzureBlobSettings { Container = "logs", Identity = new AzureIdentitySettings { Type = AzureIdentityType.ConnectionString, ConnectionString = new Secret(text, "") } },
            _ => null, TimeProvider.System);

        var result = await PutAsync(store);

        Assert.NotEqual(PutStatus.Stored, result.Status);
        Assert.DoesNotContain(Secret, $"{result.Message} {await store.AuthenticateAsync(CancellationToken.None)} {store.Description}", StringComparison.Ordinal);
    }

    /// <summary>A proxy that is away, refuses a tunnel, or asks for another password.</summary>
    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task The_password_of_a_proxy_is_in_no_message(string type)
    {
        await using var proxy = ScriptedServer.Start(_ => new Answer(403, $"<html>{Secret}"));
        foreach (var (endpoint, address) in new[] { ("https://store.test", proxy.Endpoint.Authority), ("http://store.test", "127.0.0.1:1"), ("https://store.test", "127.0.0.1:1"), ("https://store.test", "no-such-host.invalid:3128") })
        {
            await using var store = AnyStore.Open(type, endpoint, $"http://me:{Secret}@{address}");

            var result = await PutAsync(store);

            Assert.Equal(PutStatus.Unavailable, result.Status);
            Assert.DoesNotContain(Secret, result.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://me:pw@host/path?x=y#z", "https://***@host/path?***")]
    [InlineData("https://host/path", "https://host/path")]
    [InlineData("me:p?w@host:3128", "***@host:3128?***")]
    [InlineData("host:9000", "host:9000")]
    public void A_text_that_was_meant_to_be_a_URL_is_told_without_its_secrets(string text, string told) => Assert.Equal(told, WithoutSecrets.StripUrl(text));

    [Theory]
    [InlineData("the proxy 'http://u:p@ss/w@proxy:3128/' says no", "the proxy 'http://***@proxy:3128/' says no")]
    [InlineData("see https://a.test/b?sv=1&sig=abc for more", "see https://a.test/b?*** for more")]
    [InlineData("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9v==;x", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=***;x")]
    [InlineData("collector@p.iam.gserviceaccount.com does not have storage.objects.create access", "collector@p.iam.gserviceaccount.com does not have storage.objects.create access")]
    [InlineData("arn:aws:sts::123456789012:assumed-role/collector-of-the-production-cluster/i-0123456789abcdef0 is not authorized", "arn:aws:sts::123456789012:assumed-role/collector-of-the-production-cluster/i-0123456789abcdef0 is not authorized")]
    [InlineData("The specified bucket does not exist", "The specified bucket does not exist")]
    public void A_message_keeps_what_it_says(string text, string told) => Assert.Equal(told, WithoutSecrets.In(text));

    /// <summary>As files of secrets, variables and pasted texts have it: a line end or blanks behind, which count for nothing.</summary>
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData(" \t")]
    public async Task What_is_behind_a_key_or_a_token_does_not_count(string behind)
    {
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt(request.Headers.ContainsKey("x-ms-version") ? "azureBlob" : "s3", request));
        await using var s3 = Stores.Open(Stores.Settings(server.Endpoint, "logs") with
        {
            Identity = Stores.Keys("AKIDEXAMPLE" + behind, "secret" + behind) with { SessionToken = new Secret("token" + behind, "") },
        });
        await using var environment = Stores.Open(
            Stores.Settings(server.Endpoint, "logs") with { Identity = new AwsIdentitySettings() },
            environment: new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE" + behind, ["AWS_SECRET_ACCESS_KEY"] = "secret" + behind, ["AWS_SESSION_TOKEN"] = "token" + behind });
        await using var sas = Azure(server, new AzureIdentitySettings { Type = AzureIdentityType.Sas, Sas = new Secret("?" + Sas + behind, "") });
        await using var key = Azure(server, new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret("c2VjcmV0" + behind, "") });

        foreach (var store in new IObjectStore[] { s3, environment, sas, key })
        {
            Assert.Equal(PutResult.Stored, await PutAsync(store));
        }

        Assert.All(server.Requests.Take(2), request => Assert.Equal("token", request["x-amz-security-token"]));
        Assert.EndsWith(Sas, server.Requests[2].Target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AKID\nEXAMPLE", "secret", "token")]
    [InlineData("AKIDEXAMPLE", "secret\r\nX-Amz-Acl: public-read", "token")]
    [InlineData("AKIDEXAMPLE", "secret", "to\nken")]
    [InlineData("AKIDEXAMPLE", "secret", "tök\u0000en")]
    public async Task A_line_end_within_is_an_error_that_names_the_key(string id, string secret, string token)
    {
        await using var store = Stores.Open(Stores.Settings(new Uri("http://127.0.0.1:1"), "logs") with { Identity = Stores.Keys(id, secret) with { SessionToken = new Secret(token, "") } });

        var result = await PutAsync(store);

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.Contains("copy the whole value again", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Message);
    }

    private static AzureBlobObjectStore Azure(ScriptedServer server, AzureIdentitySettings identity) => new(
        new AzureBlobSettings { Account = "mystorage", Endpoint = server.Endpoint.OriginalString, Container = "logs", Identity = identity }, _ => null, TimeProvider.System);

    private static Task<PutResult> PutAsync(IObjectStore store) => store.PutAsync(ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true), CancellationToken.None);

    private static Answer Echo(string form, ReceivedRequest request)
    {
        var all = $"{request.Target} {string.Join(' ', request.Headers.Select(header => $"{header.Key}: {header.Value}"))}";
        return form switch
        {
            "plain" => new Answer(403, all),
            "html" => new Answer(400, WebUtility.HtmlEncode(all)),
            "xml" => Answer.S3(403, "AccessDenied", WebUtility.HtmlEncode(all)),
            "json" => new Answer(400, JsonSerializer.Serialize(new { error = new { message = all } })),
            "header" => new Answer(307, "", ("x-ms-error-code", all), ("Location", "https://other.test/x?" + Uri.EscapeDataString(all)), ("x-amz-bucket-region", all)),
            "url" => new Answer(403, Uri.EscapeDataString(all)),
            _ => new Answer(403, $"token {request["x-amz-security-token"][..Math.Min(50, request["x-amz-security-token"].Length)]} {request["authorization"]}"),
        };
    }
}
