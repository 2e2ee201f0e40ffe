using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Kubernetes;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>A kubeconfig's <c>auth-provider</c> of the name <c>oidc</c>, against a strict issuer and an API that knows its tokens.</summary>
public sealed class OidcTests : ApiFixture
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);

    private OidcIssuer Issuer { get; set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Issuer = new OidcIssuer(Authority);
        Issuer.Given = token => Api.Tokens[token] = true;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Issuer.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private string Kubeconfig(string idToken, string refreshToken = "refresh-0", string more = $"client-secret: '{OidcIssuer.ClientSecret}'")
    {
        var path = Path.Join(ServiceAccount, "kubeconfig");
        File.WriteAllText(path, $$"""
            current-context: mine
            contexts: [{name: mine, context: {cluster: here, user: me} }]
            clusters: [{name: here, cluster: {server: '{{Api.Address}}', certificate-authority: ca.crt} }]
            users:
              - name: me
                user:
                  auth-provider:
                    name: oidc
                    config:
                      idp-issuer-url: {{Issuer.Url}}
                      idp-certificate-authority: ca.crt
                      client-id: {{OidcIssuer.ClientId}}
                      id-token: '{{idToken}}'
                      refresh-token: '{{refreshToken}}'
                      {{more}}

            """);
        return path;
    }

    private ApiClient Follow(string path) => new(Collector.Kubernetes.Kubeconfig.Follow(path), Metrics);

    private async Task<int> AskAsync(ApiClient client)
    {
        try
        {
            using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
        catch (ApiException e)
        {
            return e.Code;
        }
    }

    private string Good(TimeSpan life)
    {
        var token = Issuer.Sign(TimeProvider.System.GetUtcNow() + life);
        Api.Tokens[token] = true;
        return token;
    }

    [Fact]
    public async Task A_token_that_is_good_is_used_as_it_is()
    {
        using var client = Follow(Kubeconfig(Good(s_long)));

        Assert.Equal(200, await AskAsync(client));
        Assert.Equal(0, Issuer.Refreshes);
    }

    [Theory]
    [InlineData("", $"client-secret: '{OidcIssuer.ClientSecret}'")]
    [InlineData("client_secret_basic", $"client-secret: '{OidcIssuer.ClientSecret}'")]
    [InlineData("client_secret_post", $"client-secret: '{OidcIssuer.ClientSecret}'")]
    [InlineData("none", "")]
    public async Task A_token_that_has_ended_is_refreshed_once_as_the_issuer_asks_for_it(string method, string secret)
    {
        Issuer.Method = method;
        using var client = Follow(Kubeconfig(Good(-s_long), more: secret));

        Assert.Equal(200, await AskAsync(client));
        Assert.Equal(200, await AskAsync(client));
        Assert.Equal(1, Issuer.Refreshes);
        Assert.Empty(Issuer.Surprises);
    }

    [Fact]
    public async Task A_token_that_is_about_to_end_is_refreshed_before_it_is_refused()
    {
        Issuer.Life = TimeSpan.FromSeconds(12);
        using var client = Follow(Kubeconfig(Good(TimeSpan.FromSeconds(5))));

        Assert.Equal((200, 1), (await AskAsync(client), Issuer.Refreshes));
        await Until("the second is used up, too", () => AskAsync(client).GetAwaiter().GetResult() == 200 && Issuer.Refreshes == 2);
        Assert.DoesNotContain(Api.Requests, request => request.Code == 401);
    }

    /// <summary>Asked with the newest refresh token, though the kubeconfig has the first.</summary>
    [Fact]
    public async Task A_token_that_the_API_refuses_is_refreshed_with_the_newest_refresh_token()
    {
        Issuer.IsForOneUse = true;
        using var client = Follow(Kubeconfig(Good(s_long)));
        Assert.Equal((200, 0), (await AskAsync(client), Issuer.Refreshes));

        for (var round = 1; round <= 3; round++)
        {
            Api.Tokens.Clear();
            Assert.Equal((401, round - 1), (await AskAsync(client), Issuer.Refreshes));
            Assert.Equal((200, round), (await AskAsync(client), Issuer.Refreshes));
        }

        Assert.Equal("refresh-3", Issuer.RefreshToken);
    }

    /// <summary>A new kubeconfig counts, not what the old one's tokens have become.</summary>
    [Fact]
    public async Task A_kubeconfig_with_new_tokens_is_followed()
    {
        using var client = Follow(Kubeconfig("", "spent"));
        await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));

        Kubeconfig(Good(s_long));

        Assert.Equal(200, await AskAsync(client));
    }

    [Theory]
    [InlineData("", "no-longer", "refuses the refresh-token (invalid_grant); sign in again and write the new tokens into the kubeconfig")]
    [InlineData("", "", "its id-token is no longer valid, and it has no refresh-token; sign in again and write both into the kubeconfig")]
    [InlineData("no token", "", "its id-token is no longer valid, and it has no refresh-token; sign in again and write both into the kubeconfig")]
    [InlineData("a.!.c", "", "its id-token is no longer valid, and it has no refresh-token; sign in again and write both into the kubeconfig")]
    public async Task Tokens_of_which_none_is_good_are_told_with_what_to_do(string idToken, string refreshToken, string said)
    {
        using var client = Follow(Kubeconfig(idToken, refreshToken));

        var error = await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));

        Assert.StartsWith($"auth-provider oidc of {Issuer.Url}: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, """{"access_token":"a"}""", "answers without an id_token")]
    [InlineData(200, "<html>captive portal</html>", "answers 200 and no JSON")]
    [InlineData(200, """["id_token"]""", "answers 200")]
    [InlineData(200, """{"id_token":"a.eyJleHAiOjF9.c"}""", "gives an id_token that has already ended")]
    [InlineData(503, "", "answers 503 and no JSON")]
    [InlineData(401, """{"error":"invalid_client"}""", "answers 401 invalid_client")]
    [InlineData(302, "", "answers 302")]
    public async Task An_issuer_that_gives_nothing_is_told_and_asked_again(int status, string body, string said)
    {
        Issuer.Instead = (status, body);
        using var client = Follow(Kubeconfig("", more: "client-secret: secret-of-mine"));

        var error = await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));
        await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-mine", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("refresh-0", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Issuer.Refreshes);
    }

    [Fact]
    public async Task Another_issuers_configuration_is_not_believed()
    {
        Issuer.Name = "https://evil.example";
        using var client = Follow(Kubeconfig(""));

        var error = await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));

        Assert.Contains("is the configuration of the issuer 'https://evil.example'", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Issuer.Refreshes);
    }

    [Fact]
    public async Task An_issuer_that_is_not_trusted_is_given_nothing()
    {
        using var client = Follow(Kubeconfig("", more: "idp-certificate-authority-data: " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Stranger()))));

        var error = await Assert.ThrowsAsync<ApiAccessException>(() => AskAsync(client));

        Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Issuer.Refreshes);

        static string Stranger()
        {
            using var stranger = new TestAuthority("stranger");
            return stranger.Pem;
        }
    }

    [Theory]
    [InlineData("{name: gcp}", "has auth-provider 'gcp' (line 6), which the collector does not support")]
    [InlineData("{name: oidc}", "without an idp-issuer-url; write https://HOST")]
    [InlineData("{name: oidc, config: {idp-issuer-url: 'http://plain.test', client-id: a}}", "without an idp-issuer-url; write https://HOST")]
    [InlineData("{name: oidc, config: {idp-issuer-url: 'https://idp.test'}}", "without a client-id")]
    public void What_is_missing_is_named(string provider, string said)
    {
        var path = Path.Join(ServiceAccount, "kubeconfig");
        File.WriteAllText(path, $$"""
            current-context: mine
            contexts: [{name: mine, context: {cluster: here, user: me} }]
            clusters: [{name: here, cluster: {server: 'https://api.test'} }]
            users:
              - name: me
                user: {auth-provider: {{provider}} }
            """);

        Assert.Contains(said, Assert.Throws<ApiAccessException>(() => Collector.Kubernetes.Kubeconfig.Load(path)).Message, StringComparison.Ordinal);
    }
}
