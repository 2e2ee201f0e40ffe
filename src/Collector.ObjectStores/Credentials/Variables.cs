namespace Collector.ObjectStores.Credentials;

/// <summary>The environment. An empty variable counts as not set, and a line end behind a value, which the files of a secret have, does not count.</summary>
internal sealed class Variables(Func<string, string?> lookUp)
{
    /// <summary>Kubernetes sets it in every container.</summary>
    public bool IsInPod => this["KUBERNETES_SERVICE_HOST"].Length > 0;

    /// <summary>Empty when it is not set.</summary>
    public string this[string name] => lookUp(name)?.Trim() ?? "";
}
