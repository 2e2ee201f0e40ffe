namespace Collector.ObjectStores.Credentials;

/// <summary>
/// The role of the EC2 instance, from its metadata service, version 2 alone: a session token by PUT, then the role's name,
/// then its keys (Amazon EC2 User Guide, "Instance metadata and user data").
/// </summary>
internal sealed class InstanceIdentity(Uri endpoint, TokenClient local, TimeProvider clock) : TemporaryIdentity(clock)
{
    public const string DefaultEndpoint = "http://169.254.169.254";

    private const string Who = "the instance metadata service";
    private const string KeysPath = "latest/meta-data/iam/security-credentials/";

    /// <summary>Seconds. One is fetched for each renewal, so it need not last.</summary>
    private const string TokenLife = "60";

    private readonly Uri _root = new(endpoint.AbsoluteUri.TrimEnd('/') + "/");
    private volatile string _role = "";

    protected override string Name => _role.Length > 0 ? $"instance role {_role}" : "instance role";

    protected override async Task<AwsKeys> FetchAsync(CancellationToken cancellation)
    {
        var given = await AskAsync(HttpMethod.Put, "latest/api/token", ("X-aws-ec2-metadata-token-ttl-seconds", TokenLife),
            "a pod reaches the service only with a metadata hop limit of 2 on the instance, or with hostNetwork", cancellation).ConfigureAwait(false);
        var shown = ("X-aws-ec2-metadata-token", CredentialText.Of(given, $"the token of {Who}"));
        var roles = await AskAsync(HttpMethod.Get, KeysPath, shown, "give the instance a role (instance profile)", cancellation).ConfigureAwait(false);
        _role = roles.Trim().Split('\n')[0].Trim();
        if (_role.Length == 0)
            throw new CredentialException("the instance has no role; give it an instance profile");
        var json = await AskAsync(HttpMethod.Get, KeysPath + _role, shown, "see the instance's role", cancellation).ConfigureAwait(false);
        return KeysDocument.Read(json, Who, "");
    }

    private Task<string> AskAsync(HttpMethod method, string path, (string Name, string Value) header, string help, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(_root, path));
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        return local.GetTextAsync(request, Who, cancellation, help);
    }
}
