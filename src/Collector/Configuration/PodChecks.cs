using Collector.Configuration.Binding;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>An output that selects what no log can have stores nothing, and would be silent about it.</summary>
internal static class PodChecks
{
    /// <summary>Labels come from the API, and only pods have them.</summary>
    public static void LabelsCanBeKnown(CollectorConfiguration configuration, Place root)
    {
        foreach (var (index, output) in configuration.Outputs.Index().Where(o => o.Item.Match.PodLabels.Count > 0))
        {
            var match = root.Key("outputs").Item(index).Key("match");
            if (!configuration.Kubernetes.Enabled)
            {
                match.Key("podLabels").Mistake(
                    "matches nothing, because kubernetes.enabled: false means that labels are never read", "remove it, or write kubernetes: {enabled: true}");
            }
            else if (!HasPods(configuration, output.Match))
            {
                match.Key("podLabels").Mistake("matches nothing, because all sources of the output have type file", "remove it, or add a source of type containers");
            }
        }
    }

    /// <summary>A source that does not exist is a mistake of its own, and might have had labels.</summary>
    private static bool HasPods(CollectorConfiguration configuration, MatchConfiguration match)
    {
        var files = configuration.Sources.Where(source => source is FileSourceSettings).Select(source => source.Name).ToHashSet();
        return match.Sources.Count == 0 ? files.Count < configuration.Sources.Count : match.Sources.Any(name => !files.Contains(name));
    }
}
