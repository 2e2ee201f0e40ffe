namespace Collector.ObjectStores.Credentials;

/// <summary>
/// The environment. An empty variable counts as not set. A line end after a value, as secret files have, is ignored.
/// </summary>
internal sealed class Variables(Func<string, string?> lookUp)
{
    /// <summary>Kubernetes sets it in every container.</summary>
    public bool IsInPod => this["KUBERNETES_SERVICE_HOST"].Length > 0;

    /// <summary>Empty when it is not set.</summary>
    public string this[string name] => lookUp(name)?.Trim() ?? "";
}
