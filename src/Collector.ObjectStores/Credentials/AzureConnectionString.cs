namespace Collector.ObjectStores.Credentials;

/// <summary>The parts of a storage connection string, as the portal shows it: <c>Name=Value;Name=Value</c>.</summary>
internal sealed class AzureConnectionString
{
    private const string DefaultSuffix = "core.windows.net";

    /// <summary>
    /// The meaning of <c>UseDevelopmentStorage=true</c>: the account of every emulator, with its public key ("Use the Azurite
    /// emulator").
    /// </summary>
    private const string DevelopmentAccount = "devstoreaccount1";

    private const string DevelopmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string DevelopmentHost = "http://127.0.0.1";
    private const string DevelopmentPort = "10000";

    private readonly Dictionary<string, string> _parts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Throws <see cref="CredentialException"/> for an invalid string, or lacks a part.</summary>
    public AzureConnectionString(string text)
    {
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (name, value) = part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (part[..at], part[(at + 1)..]) : (part, "");
            _parts[name] = value;
        }

        if (string.Equals(Get("UseDevelopmentStorage"), "true", StringComparison.OrdinalIgnoreCase))
        {
            _parts["AccountName"] = DevelopmentAccount;
            _parts["AccountKey"] = DevelopmentKey;
            _parts["BlobEndpoint"] = $"{Get("DevelopmentStorageProxyUri", DevelopmentHost).TrimEnd('/')}:{DevelopmentPort}/{DevelopmentAccount}";
        }

        if (Get("BlobEndpoint").Length == 0 && Account.Length == 0)
            throw new CredentialException("the connection string has neither AccountName nor BlobEndpoint: copy it again, whole");
        if (Key.Length == 0 && Sas.Length == 0)
            throw new CredentialException("the connection string has neither AccountKey nor SharedAccessSignature: copy it again, whole");
        if (Key.Length > 0 && Account.Length == 0)
            throw new CredentialException("the connection string has an AccountKey and no AccountName: copy it again, whole");
    }

    public string Account => Get("AccountName");

    public string Key => Get("AccountKey");

    public string Sas => Get("SharedAccessSignature");

    public string BlobEndpoint => Get("BlobEndpoint") is { Length: > 0 } given
        ? given
        : $"{Get("DefaultEndpointsProtocol", "https")}://{Account}.blob.{Get("EndpointSuffix", DefaultSuffix)}";

    private string Get(string name, string fallback = "") => _parts.GetValueOrDefault(name) is { Length: > 0 } value ? value : fallback;
}
