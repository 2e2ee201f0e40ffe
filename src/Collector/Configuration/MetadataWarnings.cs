namespace Collector.Configuration;

/// <summary>
/// Warns of metadata that is configured but never available. Not a mistake, because records leave out unknown fields and prefixes
/// have fallbacks (contract §3, §4); but probably not intended.
/// </summary>
public static class MetadataWarnings
{
    private const string Enabled = "kubernetes.enabled: true";

    public static IEnumerable<string> Of(CollectorConfiguration config)
    {
        var wanted = config.Kubernetes;
        (string Key, bool IsGiven)[] keys =
            [("kubeconfig", wanted.Kubeconfig.Length > 0), ("annotations", wanted.Annotations), ("namespaceLabels", wanted.NamespaceLabels), ("nodeLabels", wanted.NodeLabels)];
        foreach (var (key, _) in keys.Where(key => key.IsGiven && !wanted.Enabled))
        {
            yield return $"kubernetes.{key}: has no effect without {Enabled}";
        }

        foreach (var output in config.Outputs)
        {
            foreach (var path in output.GetKeyTemplate().Fields)
            {
                if (Missing(path, wanted) is { } missing)
                {
                    yield return $"outputs.{output.Name}.keyPrefix: .{string.Join('.', path)} is never known without {missing}; every key gets its fallback";
                }
            }
        }
    }

    /// <summary>The key without which a field is not known; null: it may be.</summary>
    private static string? Missing(string[] path, KubernetesConfiguration wanted) => path switch
    {
        ["kubernetes", "labels" or "annotations" or "namespace_labels" or "node_labels", _] when !wanted.Enabled => Enabled,
        ["kubernetes", "owner_kind" or "owner_name" or "container_image" or "container_hash"] when !wanted.Enabled => Enabled,
        ["kubernetes", "annotations", _] when !wanted.Annotations => "kubernetes.annotations: true",
        ["kubernetes", "namespace_labels", _] when !wanted.NamespaceLabels => "kubernetes.namespaceLabels: true",
        ["kubernetes", "node_labels", _] when !wanted.NodeLabels => "kubernetes.nodeLabels: true",
        _ => null,
    };
}
