namespace Collector.ObjectStores.Http;

/// <summary>Settings that all stores over HTTP share.</summary>
public abstract record HttpStoreSettings : StoreSettings
{
    /// <summary>An http(s) URL in place of the provider's.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>PEM file of further certificate authorities.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>URL of a proxy; may hold a password and is not for the log.</summary>
    public string Proxy { get; init; } = "";

    /// <summary>What is wrong with the variables that name a proxy, if they count for this store; never a secret.</summary>
    /// <param name="variable">The environment.</param>
    public IEnumerable<string> ProxyProblems(Func<string, string?> variable) => Proxy.Length > 0 ? [] : new EnvironmentProxy(variable).Problems;

    /// <summary>The beginning of all keys, for the probe, because a policy may allow nothing else.</summary>
    public string ProbePrefix { get; init; } = "";
}
