using System.Text;
using Collector.Configuration.Binding;
using Collector.Pipeline.Storage;
using k8s.KubeConfigModels;
using YamlDotNet.Core;

namespace Collector.Kubernetes;

/// <summary>
/// Reads the current context of a kubeconfig file (kubernetes.io/docs/reference/config-api/kubeconfig.v1). Keys that would weaken
/// TLS are refused, by name and line.
/// </summary>
internal static class Kubeconfig
{
    /// <summary>Reads the file each time; an unchanged text gives the same result.</summary>
    public static Func<ApiAccess> Follow(string path)
    {
        (string Text, ApiAccess Access)? last = null;
        return () =>
        {
            var text = ReadText(path);
            if (last?.Text != text)
            {
                last = (text, Parse(text, path));
            }

            return last.Value.Access;
        };
    }

    /// <summary>Throws <see cref="ApiAccessException"/>, which says what is wrong and what to write.</summary>
    public static ApiAccess Load(string path) => Parse(ReadText(path), path);

    private static string ReadText(string path)
    {
        try
        {
            return SmallFile.ReadText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    private static ApiAccess Parse(string text, string path)
    {
        try
        {
            return Read(text, path);
        }
        catch (Exception e) when (e is YamlException or FormatException or ArgumentException)
        {
            throw Unreadable(path, e);
        }
    }

    private static ApiAccess Read(string text, string path)
    {
        var root = YamlTree.Parse(text) as YamlMapping ?? throw Wrong(path, "is not a mapping");
        var name = Text(root, "current-context") is { Length: > 0 } current ? current : throw Wrong(path, "has no current-context");
        var context = Named(root, "contexts", name, "context", path);
        var cluster = Named(root, "clusters", Text(context, "cluster"), "cluster", path);
        var user = Named(root, "users", Text(context, "user"), "user", path);
        Refuse(cluster, "insecure-skip-tls-verify", "give certificate-authority instead", path);
        Refuse(cluster, "proxy-url", "remove it: the collector connects to the API directly", path);
        Refuse(user, "username", "give exec, a token, a tokenFile, a client certificate or auth-provider oidc", path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return new ApiAccess
        {
            Server = Uri.TryCreate(Text(cluster, "server"), UriKind.Absolute, out var server) && server.Scheme is "https" or "http" ? server
                : throw Wrong(path, "has a cluster without a server; write https://HOST:PORT"),
            ServerName = Text(cluster, "tls-server-name"),
            Authorities = Credential(cluster, "certificate-authority", directory),
            Token = Text(user, "tokenFile") is { Length: > 0 } file ? new ApiCredential("", Path.Combine(directory, file), "tokenFile") : new ApiCredential(Text(user, "token"), ""),
            ClientCertificate = Credential(user, "client-certificate", directory),
            ClientKey = Credential(user, "client-key", directory),
            Exec = user.Find("exec")?.Value is YamlMapping exec ? Program(exec, directory, path) : null,
            Oidc = user.Find("auth-provider")?.Value is YamlMapping provider ? new OidcToken(SignIn(provider, directory, path), TimeProvider.System) : null,
        };
    }

    /// <summary>kubernetes.io/docs/reference/access-authn-authz/authentication, client-go credential plugins.</summary>
    private static ExternalExecution Program(YamlMapping exec, string directory, string path)
    {
        var version = Text(exec, "apiVersion") is { Length: > 0 } given ? given : throw Wrong(path, $"has exec (line {exec.Line}) without an apiVersion; write client.authentication.k8s.io/v1");
        var command = Text(exec, "command") is { Length: > 0 } program ? program : throw Wrong(path, $"has exec (line {exec.Line}) without a command");

        // The package sends the kind ExecCredentials to the plugin; strict plugins know only ExecCredential. The value that is set
        // later wins.
        var info = $$$"""{"apiVersion":"{{{version}}}","kind":"ExecCredential","spec":{"interactive":false}}""";
        return new ExternalExecution
        {
            ApiVersion = version,
            Command = command.Contains('/', StringComparison.Ordinal) ? Path.Combine(directory, command) : command,
            Arguments = [.. Items(exec, "args").OfType<YamlScalar>().Select(argument => Quote(argument.Text))],
            EnvironmentVariables = [Variable("KUBERNETES_EXEC_INFO", info), .. Items(exec, "env").OfType<YamlMapping>().Select(of => Variable(Text(of, "name"), Text(of, "value")))],
        };

        static Dictionary<string, string> Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };
    }

    /// <summary>kubernetes.io/docs/reference/access-authn-authz/authentication, "Option 1: OIDC authenticator".</summary>
    private static OidcSettings SignIn(YamlMapping provider, string directory, string path)
    {
        if (Text(provider, "name") != "oidc")
            throw Wrong(path, $"has auth-provider '{Text(provider, "name")}' (line {provider.Line}), which the collector does not support; give exec, a token, a tokenFile, a client certificate or auth-provider oidc");
        var config = provider.Find("config")?.Value as YamlMapping ?? new YamlMapping(provider.Line, []);
        return new OidcSettings
        {
            Issuer = Uri.TryCreate(Text(config, "idp-issuer-url"), UriKind.Absolute, out var issuer) && issuer.Scheme == Uri.UriSchemeHttps ? issuer
                : throw Wrong(path, $"has auth-provider oidc (line {config.Line}) without an idp-issuer-url; write https://HOST"),
            ClientId = Text(config, "client-id") is { Length: > 0 } client ? client
                : throw Wrong(path, $"has auth-provider oidc (line {config.Line}) without a client-id"),
            ClientSecret = Text(config, "client-secret"),
            IdToken = Text(config, "id-token"),
            RefreshToken = Text(config, "refresh-token"),
            Authorities = Credential(config, "idp-certificate-authority", directory),
        };
    }

    /// <summary>
    /// The package joins the arguments with spaces, and the runtime splits them again (ProcessStartInfo.Arguments).
    /// </summary>
    private static string Quote(string argument)
    {
        var text = new StringBuilder("\"");
        var backslashes = 0;
        foreach (var c in argument)
        {
            text.Append('\\', c == '"' ? backslashes + 1 : 0).Append(c);
            backslashes = c == '\\' ? backslashes + 1 : 0;
        }

        return text.Append('\\', backslashes).Append('"').ToString();
    }

    /// <summary>Data in the file precedes the name of another file, as in kubectl.</summary>
    private static ApiCredential Credential(YamlMapping of, string key, string directory) =>
        Text(of, key + "-data") is { Length: > 0 } data ? ApiCredential.OfBase64(data)
        : Text(of, key) is { Length: > 0 } file ? new ApiCredential("", Path.Combine(directory, file), key)
        : default;

    private static YamlMapping Named(YamlMapping root, string list, string name, string part, string path)
    {
        var item = Items(root, list).OfType<YamlMapping>().FirstOrDefault(i => Text(i, "name") == name) ?? throw Wrong(path, $"has no '{name}' under {list}");
        return item.Find(part)?.Value as YamlMapping ?? new YamlMapping(item.Line, []);
    }

    private static IReadOnlyList<YamlNode> Items(YamlMapping of, string key) => (of.Find(key)?.Value as YamlSequence)?.Items ?? [];

    private static void Refuse(YamlMapping of, string key, string instead, string path)
    {
        if (of.Find(key) is { } entry && entry.Value is not YamlScalar { Text: "false" or "" })
        {
            throw Wrong(path, $"has {key} (line {entry.Line}), which the collector does not support; {instead}");
        }
    }

    private static string Text(YamlMapping of, string key) => (of.Find(key)?.Value as YamlScalar)?.Text ?? "";

    private static ApiAccessException Wrong(string path, string what) => new($"kubernetes.kubeconfig {path} {what}");

    private static ApiAccessException Unreadable(string path, Exception error) => new($"kubernetes.kubeconfig {path} cannot be read: {error.Message}", error);
}
