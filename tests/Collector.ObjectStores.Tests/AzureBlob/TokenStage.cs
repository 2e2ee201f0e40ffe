using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Testing.Azure;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.ObjectStores.Tests.AzureBlob;

/// <summary>A pod with what the webhook gives it, Entra ID, the metadata service, and a blob service that knows their tokens.</summary>
internal sealed class TokenStage : IAsyncDisposable
{
    private const string Tier = "x-ms-access-tier";

    /// <summary>What asks a client to come again with another token ("Continuous access evaluation").</summary>
    private const string Challenge = "Bearer authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";

    private readonly string _directory = Directory.CreateTempSubdirectory("azure-").FullName;
    private readonly LoopbackServer _blobs;
    private readonly List<AzureBlobObjectStore> _stores = [];

    public TokenStage()
    {
        Entra = new EntraServer(Cluster);
        Imds = new ImdsServer(() => ImdsToken);
        _blobs = LoopbackServer.Start(AnswerAsync);
        Project(Cluster.TokenFor(EntraServer.Subject, EntraServer.Audience, DateTimeOffset.UtcNow));
        Variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AZURE_CLIENT_ID"] = EntraServer.Client,
            ["AZURE_TENANT_ID"] = EntraServer.Tenant,
            ["AZURE_FEDERATED_TOKEN_FILE"] = TokenFile,
            ["AZURE_AUTHORITY_HOST"] = Entra.Url + "/",
            ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = Imds.Url,
            ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1",
        };
    }

    public ClusterIssuer Cluster { get; } = new();

    public EntraServer Entra { get; }

    public ImdsServer Imds { get; }

    public string ImdsToken { get; set; } = "token-of-the-machine";

    public ShiftedClock Clock { get; } = new();

    public Dictionary<string, string> Variables { get; }

    public string TokenFile => $"{_directory}/azure-identity-token";

    /// <summary>Queries that arrived, where a signature is.</summary>
    public List<string> Queries { get; } = [];

    public string? LastTier { get; private set; }

    /// <summary>Kubelet replaces the token.</summary>
    public void Project(string token) => File.WriteAllText(TokenFile, token);

    public AzureBlobObjectStore Store(AzureIdentitySettings? identity = null, string tier = "")
    {
        var settings = new AzureBlobSettings { Account = "mystorage", Endpoint = _blobs.Url, Container = "logs", AccessTier = tier, Identity = identity ?? new() };
        _stores.Add(new AzureBlobObjectStore(settings, Variables.GetValueOrDefault, Clock));
        return _stores[^1];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        await _blobs.DisposeAsync();
        await Entra.DisposeAsync();
        await Imds.DisposeAsync();
        Cluster.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var bearer = context.Request.Headers.Authorization.ToString();
        Queries.Add(context.Request.QueryString.Value ?? "");
        LastTier = context.Request.Headers[Tier];
        var isKnown = bearer == $"Bearer {ImdsToken}" || Entra.Issued.Any(token => bearer == $"Bearer {token}") || context.Request.Query["sig"] == "s+1";
        context.Response.StatusCode = isKnown && context.Request.Path.StartsWithSegments("/mystorage/logs") ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status401Unauthorized;
        if (context.Response.StatusCode == StatusCodes.Status412PreconditionFailed)
            context.Response.Headers["x-ms-error-code"] = "ConditionNotMet";
        else
            context.Response.Headers.WWWAuthenticate = Challenge;
        return Task.CompletedTask;
    }
}
