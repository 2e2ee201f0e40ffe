namespace Collector.Commands.Converting;

/// <summary>
/// Selects pods and containers by the names of the links below /var/log/containers, POD_NAMESPACE_CONTAINER-ID.log, in which the
/// names have no underscore.
/// </summary>
internal static class ContainerLinks
{
    /// <summary>As it is written.</summary>
    private const string AllLinks = "'/var/log/containers/*.log'";

    /// <summary>Of a container's id, so that <c>cart</c> is not <c>cart-api</c>.</summary>
    private static readonly string s_id = new('?', 64);

    /// <summary>Restricts the files of a source by a filter that all of its records pass; false: its links cannot say the same.</summary>
    /// <param name="source">It.</param>
    /// <param name="field">The field that the filter compares.</param>
    /// <param name="regex">With this.</param>
    /// <param name="isExclusion">Whether it drops what matches.</param>
    public static bool TrySelect(ConvertedSource source, string field, string regex, bool isExclusion)
    {
        if (!source.IsContainers || field is not ("kubernetes.pod_name" or "kubernetes.container_name") || Words.Globs(regex) is not { } globs)
            return false;
        var links = globs.Select(name => field == "kubernetes.pod_name" ? $"/var/log/containers/{name}_*_*.log" : $"/var/log/containers/*_*_{name}-{s_id}.log").ToList();
        if (isExclusion)
        {
            source.Keys.AddToList("excludePaths", links);
            return true;
        }

        if (links.Count != 1 || source.Keys.Text("path") is not (null or AllLinks))
            return false;
        source.Keys.SetText("path", links[0]);
        return true;
    }
}
