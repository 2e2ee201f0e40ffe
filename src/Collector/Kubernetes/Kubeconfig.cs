using Collector.Configuration.Binding;
using YamlDotNet.Core;

namespace Collector.Kubernetes;

/// <summary>
/// Reads the current context of a kubeconfig file (kubernetes.io/docs/reference/config-api/kubeconfig.v1). What would weaken TLS
/// or start a program is refused, by name.
/// </summary>
internal static class Kubeconfig
{
    /// <summary>Throws <see cref="ApiAccessException"/>, saying what is wrong and what to write.</summary>
    public static ApiAccess Load(string path)
    {
        try
        {
            return Read(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException or FormatException or ArgumentException)
        {
            throw new ApiAccessException($"kubernetes.kubeconfig {path} cannot be read: {e.Message}", e);
        }
    }

    private static ApiAccess Read(string text, string path)
    {
        var root = YamlTree.Parse(text) as YamlMapping ?? throw Wrong(path, "is no mapping");
        var name = Text(root, "current-context") is { Length: > 0 } current ? current : throw Wrong(path, "has no current-context");
        var context = Named(root, "contexts", name, "context", path);
        var cluster = Named(root, "clusters", Text(context, "cluster"), "cluster", path);
        var user = Named(root, "users", Text(context, "user"), "user", path);
        Refuse(cluster, "insecure-skip-tls-verify", "give certificate-authority instead", path);
        Refuse(cluster, "proxy-url", "remove it: the API is asked directly", path);
        Refuse(user, "exec", "give a token, a tokenFile or a client certificate", path);
        Refuse(user, "auth-provider", "give a token, a tokenFile or a client certificate", path);
        Refuse(user, "username", "give a token, a tokenFile or a client certificate", path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return new ApiAccess
        {
            Server = Uri.TryCreate(Text(cluster, "server"), UriKind.Absolute, out var server) && server.Scheme is "https" or "http" ? server
                : throw Wrong(path, "has a cluster without a server; write https://HOST:PORT"),
            ServerName = Text(cluster, "tls-server-name"),
            Authorities = Credential(cluster, "certificate-authority", directory),
            Token = Text(user, "tokenFile") is { Length: > 0 } file ? new ApiCredential("", Path.Combine(directory, file)) : new ApiCredential(Text(user, "token"), ""),
            ClientCertificate = Credential(user, "client-certificate", directory),
            ClientKey = Credential(user, "client-key", directory),
        };
    }

    /// <summary>The data in the file wins over the name of another, as kubectl has it.</summary>
    private static ApiCredential Credential(YamlMapping of, string key, string directory) =>
        Text(of, key + "-data") is { Length: > 0 } data ? ApiCredential.OfBase64(data)
        : Text(of, key) is { Length: > 0 } file ? new ApiCredential("", Path.Combine(directory, file))
        : default;

    private static YamlMapping Named(YamlMapping root, string list, string name, string part, string path)
    {
        var items = (root.Find(list)?.Value as YamlSequence)?.Items ?? [];
        var item = items.OfType<YamlMapping>().FirstOrDefault(i => Text(i, "name") == name) ?? throw Wrong(path, $"has no '{name}' under {list}");
        return item.Find(part)?.Value as YamlMapping ?? new YamlMapping(item.Line, []);
    }

    private static void Refuse(YamlMapping of, string key, string instead, string path)
    {
        if (of.Find(key) is { } entry && entry.Value is not YamlScalar { Text: "false" or "" })
        {
            throw Wrong(path, $"has {key} (line {entry.Line}), which the collector does not do; {instead}");
        }
    }

    private static string Text(YamlMapping of, string key) => (of.Find(key)?.Value as YamlScalar)?.Text ?? "";

    private static ApiAccessException Wrong(string path, string what) => new($"kubernetes.kubeconfig {path} {what}");
}
