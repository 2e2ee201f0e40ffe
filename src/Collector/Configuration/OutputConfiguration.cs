using Collector.ObjectStores;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>
/// An output as the pipeline needs it, and <c>match</c>, which the host alone needs: which records go to the output.
/// </summary>
public sealed record OutputConfiguration : OutputSettings
{
    public MatchConfiguration Match { get; init; } = new();

    public required StoreSettings Store { get; init; }

    /// <summary>Replaces <see cref="OutputSettings.KeyPrefix"/>.</summary>
    public KeyLayouts Layout { get; init; }

    /// <summary>The beginning of keys, from <see cref="Layout"/> or <see cref="OutputSettings.KeyPrefix"/>.</summary>
    public KeyTemplate GetKeyTemplate() => Layout == KeyLayouts.OpenShift ? OpenShiftLayout.Template : KeyPrefix;
}

/// <summary>Where the beginning of keys comes from.</summary>
public enum KeyLayouts
{
    /// <summary><see cref="OutputSettings.KeyPrefix"/>.</summary>
    KeyPrefix,

    /// <summary>The key layout of OpenShift's log forwarder.</summary>
    OpenShift,
}

/// <summary>Every part that is not empty must match; all empty is everything.</summary>
public sealed record MatchConfiguration
{
    /// <summary>Names of sources.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<LogType> LogTypes { get; init; } = [];

    public NamespaceMatch Namespaces { get; init; } = new();

    /// <summary>Labels that the pod must have, with equal values.</summary>
    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();
}

/// <summary>Globs over namespace names; nothing included means all of them.</summary>
public sealed record NamespaceMatch
{
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];
}
