using System.Security.Cryptography.X509Certificates;
using System.Text;
using Collector.Configuration;
using Collector.Pipeline.Storage;
using k8s.KubeConfigModels;

namespace Collector.Kubernetes;

/// <summary>The API cannot be reached with this configuration. The message says what to change.</summary>
internal sealed class ApiAccessException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A secret or certificate: its text, or the file that holds it, which is read again whenever it is needed.</summary>
/// <param name="Text">Empty: it is in a file.</param>
/// <param name="File">Its path; empty: there is none.</param>
/// <param name="Name">The key that names the file, for messages; empty: nobody has configured it.</param>
internal readonly record struct ApiCredential(string Text, string File, string Name = "")
{
    public bool IsGiven => !string.IsNullOrEmpty(Text) || !string.IsNullOrEmpty(File);

    /// <summary>Throws <see cref="ApiAccessException"/> when the file cannot be read.</summary>
    public string Read()
    {
        if (string.IsNullOrEmpty(File))
        {
            return Text ?? "";
        }

        try
        {
            return SmallFile.ReadText(File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiAccessException($"{(string.IsNullOrEmpty(Name) ? "" : $"{Name} ")}{File} cannot be read: {e.Message}", e);
        }
    }

    public static ApiCredential OfBase64(string data) => new(Encoding.UTF8.GetString(Convert.FromBase64String(data)), "");

    public override string ToString() => File ?? "";
}

/// <summary>
/// The API's address and credentials. Nothing is read before it is needed. Files are read again: authorities at each handshake,
/// tokens for each request, and client certificates after each 401.
/// </summary>
internal sealed record ApiAccess
{
    /// <summary>
    /// The directory where Kubernetes mounts a pod's credentials (kubernetes.io/docs/tasks/run-application/access-api-from-pod).
    /// </summary>
    public const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string HostVariable = "KUBERNETES_SERVICE_HOST";
    private const string PortVariable = "KUBERNETES_SERVICE_PORT";

    public required Uri Server { get; init; }

    /// <summary>The name in the server's certificate, if it differs from its address.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Not given: the system's trusted authorities.</summary>
    public ApiCredential Authorities { get; init; }

    /// <summary>What to check when a server is not trusted.</summary>
    public string AuthoritiesName => !Authorities.IsGiven ? "the system's trusted authorities" : string.IsNullOrEmpty(Authorities.File) ? "certificate-authority-data" : Authorities.File;

    public ApiCredential Token { get; init; }

    public ApiCredential ClientCertificate { get; init; }

    public ApiCredential ClientKey { get; init; }

    /// <summary>The program that returns a token or a client's certificate; null: none.</summary>
    public ExternalExecution? Exec { get; init; }

    /// <summary>A person's token, which is refreshed; null: none. It lives as long as its kubeconfig is unchanged.</summary>
    public OidcToken? Oidc { get; init; }

    /// <summary>Finds the API for each request; null: there is none (switched off, or not in a cluster).</summary>
    public static Func<ApiAccess>? Find(KubernetesConfiguration wanted, Func<string, string?> variable) =>
        !wanted.Enabled ? null
        : wanted.Kubeconfig.Length > 0 ? Kubeconfig.Follow(wanted.Kubeconfig)
        : InCluster(variable) is { } access ? () => access
        : null;

    /// <summary>Access by a pod's service account; null outside of a cluster.</summary>
    public static ApiAccess? InCluster(Func<string, string?> variable, string serviceAccount = ServiceAccount)
    {
        if (variable(HostVariable) is not { Length: > 0 } host)
        {
            return null;
        }

        var port = int.TryParse(variable(PortVariable), out var given) ? given : 443;
        return new ApiAccess
        {
            Server = new UriBuilder(Uri.UriSchemeHttps, host, port).Uri,
            Authorities = new ApiCredential("", Path.Join(serviceAccount, "ca.crt")),
            Token = new ApiCredential("", Path.Join(serviceAccount, "token")),
        };
    }

    /// <summary>The authorities that the server's certificate must come from; null: the system's.</summary>
    public X509Certificate2Collection? ReadAuthorities()
    {
        if (!Authorities.IsGiven)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Authorities.Read());
        return authorities;
    }
}
