using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Kubernetes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.Tests.Kubernetes;

public sealed class ApiAccessTests : ApiFixture
{
    private string Kubeconfig(string cluster, string user)
    {
        var path = Path.Join(ServiceAccount, "kubeconfig");
        File.WriteAllText(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: mine
            contexts:
              - name: other
                context: {cluster: nowhere, user: nobody}
              - name: mine
                context: {cluster: here, user: me}
            clusters:
              - name: here
                cluster: { server: '{{Api.Address}}', {{cluster}} }
            users:
              - name: me
                user: { {{user}} }

            """);
        return path;
    }

    private async Task<int> AskAsync(ApiAccess access)
    {
        using var client = new ApiClient(() => access, Metrics);
        try
        {
            using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
        catch (ApiException e)
        {
            return e.Code;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    [Fact]
    public void Outside_of_a_cluster_there_is_no_service_account() => Assert.Null(ApiAccess.InCluster(_ => null));

    /// <summary>The variable has an address without brackets (k8s.io/client-go, rest.InClusterConfig joins it as one).</summary>
    [Theory]
    [InlineData("10.96.0.1", "443", "https://10.96.0.1/")]
    [InlineData("10.96.0.1", "6443", "https://10.96.0.1:6443/")]
    [InlineData("fd00:10:96::1", "443", "https://[fd00:10:96::1]/")]
    [InlineData("kubernetes.default.svc", "", "https://kubernetes.default.svc/")]
    public void The_server_is_where_the_variables_say(string host, string port, string server) =>
        Assert.Equal(server, ApiAccess.InCluster(name => name == "KUBERNETES_SERVICE_HOST" ? host : port)!.Server.AbsoluteUri);

    /// <summary>Nothing of it needs to be there at the start: a pod's files are mounted late, a kubeconfig is written by somebody else.</summary>
    [Theory]
    [InlineData("token")]
    [InlineData("ca.crt")]
    [InlineData("kubeconfig")]
    public async Task What_is_missing_at_the_start_is_read_when_it_is_there(string file)
    {
        Put("u1");
        var path = Kubeconfig("certificate-authority: ca.crt", "tokenFile: token");
        var missing = Path.Join(ServiceAccount, file);
        var content = await File.ReadAllTextAsync(missing, TestContext.Current.CancellationToken);
        File.Delete(missing);
        Start(() => Collector.Kubernetes.Kubeconfig.Load(path));
        var error = await Record.ExceptionAsync(() => Client!.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        Assert.Contains($"{missing} cannot be read", ApiClient.Reason(error!), StringComparison.Ordinal);

        await File.WriteAllTextAsync(missing, content, TestContext.Current.CancellationToken);

        await Until("the pod is listed", () => LabelOf("u1") == "1");
    }

    [Fact]
    public async Task A_kubeconfig_that_changes_is_followed()
    {
        using var client = new ApiClient(() => Collector.Kubernetes.Kubeconfig.Load(Path.Join(ServiceAccount, "kubeconfig")), Metrics);
        Kubeconfig("certificate-authority: ca.crt", "token: old");
        var refused = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        Kubeconfig("certificate-authority: ca.crt", "token: good");

        using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);

        Assert.Equal((401, true), (refused.Code, response.IsSuccessStatusCode));
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_told_with_the_reason()
    {
        using var client = new ApiClient(InCluster, Metrics);
        using var stranger = new TestAuthority("stranger");
        Api.Certificate = stranger.SignServer();
        var unknown = await Record.ExceptionAsync(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        Api.Certificate = Authority.SignServer("elsewhere.test");
        var other = await Record.ExceptionAsync(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));

        Assert.Matches(@"^the server's certificate \(CN=server, by CN=stranger, until .*\) is not signed by .*/ca\.crt$", ApiClient.Reason(unknown!));
        Assert.Equal("the server's certificate (CN=server) is for another name than 127.0.0.1", ApiClient.Reason(other!));
    }

    [Fact]
    public async Task A_service_account_is_let_in() => Assert.Equal(200, await AskAsync(InCluster()));

    /// <summary>S-79: kubelet writes another token every hour, and the old one ends.</summary>
    [Fact]
    public async Task A_token_that_rotates_is_read_again()
    {
        Put("u1");
        Start();
        await UntilItWatches();
        Api.Tokens.Clear();
        Api.Tokens["next"] = true;
        Api.Faults.CutWatches();
        await Until("the old token is refused", () => Count("watch", 401) > 0);
        File.WriteAllText(Path.Join(ServiceAccount, "token"), "next");
        Put("u1", "2");

        await Until("the change is there", () => LabelOf("u1") == "2");
    }

    [Fact]
    public async Task An_authority_that_rotates_is_read_again()
    {
        using var next = new TestAuthority("next authority");
        using var client = new ApiClient(InCluster, Metrics);
        (await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken)).Dispose();
        await Api.StopAsync();
        Api.Certificate = next.SignServer();
        await Api.StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));

        File.WriteAllText(Path.Join(ServiceAccount, "ca.crt"), Authority.Pem + "\n" + next.Pem);

        using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_server_that_another_authority_vouches_for_is_not_talked_to()
    {
        using var stranger = new TestAuthority();
        Api.Certificate = stranger.SignServer();

        Assert.Equal(0, await AskAsync(InCluster()));
        Assert.Empty(Api.Requests);
    }

    [Fact]
    public async Task A_server_with_another_name_is_not_talked_to()
    {
        Api.Certificate = Authority.SignServer("elsewhere.test");

        Assert.Equal(0, await AskAsync(InCluster()));
        Assert.Empty(Api.Requests);
    }

    /// <summary>Why the server's certificate is looked at here: with an authority that the system does not know, the name goes unasked.</summary>
    [Fact]
    public void The_packages_own_check_believes_a_server_of_another_name()
    {
        using var chain = new X509Chain();
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Authority.Pem);

        Assert.True(k8s.Kubernetes.CertificateValidationCallBack(
            this, authorities, Authority.SignServer("elsewhere.test"), chain, SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateChainErrors));
    }

    [Fact]
    public async Task An_authority_that_another_one_signed_is_enough()
    {
        using var intermediate = new TestAuthority("intermediate", Authority);
        File.WriteAllText(Path.Join(ServiceAccount, "ca.crt"), intermediate.Pem);
        Api.Certificate = intermediate.SignServer();

        Assert.Equal(200, await AskAsync(InCluster()));

        Api.Certificate = Authority.SignServer();
        Assert.Equal(0, await AskAsync(InCluster()));
    }

    [Fact]
    public async Task A_clients_certificate_makes_no_server()
    {
        // Kestrel itself would not serve with it. To whoever believes it, this server answers 404.
        using var client = new TlsServer(Authority.SignNoServer());
        using var server = new TlsServer(Authority.SignServer());

        Assert.Equal(0, await AskAsync(InCluster() with { Server = new Uri(client.Url) }));
        Assert.Equal(404, await AskAsync(InCluster() with { Server = new Uri(server.Url) }));
        Assert.Equal((0, 1), (client.Requests, server.Requests));
    }

    [Fact]
    public async Task Without_authorities_of_its_own_the_system_decides() =>
        Assert.Equal(0, await AskAsync(new ApiAccess { Server = Api.Address, Token = new ApiCredential("good", "") }));

    [Fact]
    public async Task A_kubeconfig_lets_in_by_token_and_by_a_file_beside_it()
    {
        File.WriteAllText(Path.Join(ServiceAccount, "mine"), "good");

        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt", "token: good"))));
        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig($"certificate-authority-data: {Base64(Authority.Pem)}", "tokenFile: mine"))));
        Assert.Equal(401, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt", "token: bad"))));
    }

    [Fact]
    public async Task A_kubeconfig_lets_in_by_certificate()
    {
        var (certificate, key) = Authority.SignClient("collector");
        File.WriteAllText(Path.Join(ServiceAccount, "client.crt"), certificate);

        var path = Kubeconfig("certificate-authority: ca.crt", $"client-certificate: client.crt, client-key-data: {Base64(key)}");

        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(path)));
        Authority.Revoke();
        Assert.Equal(401, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(path)));
    }

    /// <summary>Not the one for want of the other.</summary>
    [Fact]
    public async Task A_certificate_and_a_token_are_both_shown()
    {
        var (certificate, key) = Authority.SignClient("collector");
        File.WriteAllText(Path.Join(ServiceAccount, "client.crt"), certificate);
        var user = $"tokenFile: token, client-certificate: client.crt, client-key-data: {Base64(key)}";

        File.WriteAllText(Path.Join(ServiceAccount, "token"), "bad");
        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt", user))));
        File.WriteAllText(Path.Join(ServiceAccount, "token"), "good");
        Authority.Revoke();
        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt", user))));
    }

    /// <summary>The server looks at a connection's certificate for each request, and the connection outlives it.</summary>
    [Fact]
    public async Task A_clients_certificate_that_rotates_is_read_again()
    {
        var path = Kubeconfig("certificate-authority: ca.crt", "client-certificate: client.crt, client-key: client.key");
        WriteClient();
        using var client = new ApiClient(() => Collector.Kubernetes.Kubeconfig.Load(path), Metrics);
        (await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken)).Dispose();
        Authority.Revoke();
        WriteClient();

        var refused = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);

        Assert.Equal((401, true), (refused.Code, response.IsSuccessStatusCode));

        void WriteClient()
        {
            var (certificate, key) = Authority.SignClient("collector");
            File.WriteAllText(Path.Join(ServiceAccount, "client.crt"), certificate);
            File.WriteAllText(Path.Join(ServiceAccount, "client.key"), key);
        }
    }

    /// <summary>What EKS, GKE and AKS write for people; the plugin is asked again when what it gave is refused.</summary>
    [Fact]
    public async Task A_kubeconfig_lets_in_by_a_plugin_which_is_asked_again_when_its_token_is_refused()
    {
        WritePlugin("""{"token":"stale"}""");
        var path = Kubeconfig("certificate-authority: ca.crt", Plugin);
        using var client = new ApiClient(Collector.Kubernetes.Kubeconfig.Follow(path), Metrics);

        var refused = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        WritePlugin("""{"token":"good"}""");
        using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);
        var asked = (await File.ReadAllLinesAsync(Path.Join(ServiceAccount, "asked"), TestContext.Current.CancellationToken)).Length;
        using var again = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);

        Assert.Equal((401, true, true), (refused.Code, response.IsSuccessStatusCode, again.IsSuccessStatusCode));
        var lines = await File.ReadAllLinesAsync(Path.Join(ServiceAccount, "asked"), TestContext.Current.CancellationToken);
        Assert.Equal(asked, lines.Length);
        Assert.All(lines, line => Assert.Equal("""3 two words|quo"te\|\"|here {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}""", line));
    }

    [Fact]
    public async Task A_plugin_may_give_a_certificate()
    {
        var (certificate, key) = Authority.SignClient("collector");
        WritePlugin($$"""{"clientCertificateData":{{System.Text.Json.JsonSerializer.Serialize(certificate)}},"clientKeyData":{{System.Text.Json.JsonSerializer.Serialize(key)}}}""");

        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt", Plugin))));
    }

    [Theory]
    [InlineData("exit 3")]
    [InlineData("echo no JSON")]
    [InlineData("rm plugin")]
    public async Task A_plugin_that_gives_nothing_is_told_and_asked_again(string script)
    {
        var plugin = Path.Join(ServiceAccount, "plugin");
        WritePlugin("""{"token":"good"}""");
        var good = await File.ReadAllTextAsync(plugin, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(plugin, $"#!/bin/sh\n{script}\n", TestContext.Current.CancellationToken);
        var path = Kubeconfig("certificate-authority: ca.crt", script == "rm plugin" ? Plugin.Replace("./plugin", "./nothing", StringComparison.Ordinal) : Plugin);
        using var client = new ApiClient(Collector.Kubernetes.Kubeconfig.Follow(path), Metrics);

        var error = await Assert.ThrowsAsync<ApiAccessException>(() => client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(plugin, good, TestContext.Current.CancellationToken);
        Kubeconfig("certificate-authority: ca.crt", Plugin);
        using var response = await client.GetAsync(KubernetesVerb.List, "/api/v1/pods", TestContext.Current.CancellationToken);

        Assert.Matches("^[^\n]*/(plugin|nothing) gives no credentials: [^\n]+$", error.Message);
        Assert.True(response.IsSuccessStatusCode);
    }

    private const string Plugin = """exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [two words, 'quo"te\', '\"'], env: [{name: WHERE, value: here}]}""";

    /// <summary>A plugin beside the kubeconfig, which notes what it is asked with.</summary>
    private void WritePlugin(string status)
    {
        var plugin = Path.Join(ServiceAccount, "plugin");
        File.WriteAllText(Path.Join(ServiceAccount, "answer"), $$"""{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{status}}}""");
        File.WriteAllText(plugin, $"""
            #!/bin/sh
            printf '%s %s|%s|%s|%s %s\n' $# "$1" "$2" "$3" "$WHERE" "$KUBERNETES_EXEC_INFO" >> {ServiceAccount}/asked
            cat {ServiceAccount}/answer

            """);
        using var executable = System.Diagnostics.Process.Start("chmod", ["u+x", plugin]);
        executable.WaitForExit();
    }

    [Fact]
    public async Task The_name_in_the_certificate_may_be_another_where_that_is_said()
    {
        Api.Certificate = Authority.SignServer("api.cluster.test");

        Assert.Equal(200, await AskAsync(Collector.Kubernetes.Kubeconfig.Load(Kubeconfig("certificate-authority: ca.crt, tls-server-name: api.cluster.test", "token: good"))));
    }

    [Theory]
    [InlineData("insecure-skip-tls-verify: true", "token: good", "insecure-skip-tls-verify")]
    [InlineData("proxy-url: 'http://proxy'", "token: good", "proxy-url")]
    [InlineData("certificate-authority: ca.crt", "auth-provider: {name: gcp}", "auth-provider 'gcp'")]
    [InlineData("certificate-authority: ca.crt", "exec: {command: aws}", "exec")]
    [InlineData("certificate-authority: ca.crt", "username: me, password: mine", "username")]
    public void What_it_does_not_do_is_named(string cluster, string user, string named)
    {
        var error = Assert.Throws<ApiAccessException>(() => Collector.Kubernetes.Kubeconfig.Load(Kubeconfig(cluster, user)));

        Assert.Contains($"has {named} (line", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "is not a mapping")]
    [InlineData("kind: Config", "has no current-context")]
    [InlineData("current-context: a", "has no 'a' under contexts")]
    [InlineData("a: b: c", "cannot be read")]
    [InlineData("current-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\nclusters: [{name: b, cluster: {server: 'localhost:6443'}}]\nusers: [{name: c, user: {}}]", "write https://")]
    public void What_is_no_kubeconfig_is_said(string text, string said)
    {
        var path = Path.Join(ServiceAccount, "broken");
        File.WriteAllText(path, text);

        Assert.Contains(said, Assert.Throws<ApiAccessException>(() => Collector.Kubernetes.Kubeconfig.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kubeconfig_that_is_not_there_is_said() =>
        Assert.Contains("cannot be read", Assert.Throws<ApiAccessException>(() => Collector.Kubernetes.Kubeconfig.Load("/nowhere/kubeconfig")).Message, StringComparison.Ordinal);

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
