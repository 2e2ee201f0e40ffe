using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Torture.Pods;

/// <summary>What a pod says of itself: a label that is in keys, one that is in a <c>match</c>, and whether it asks to be left out.</summary>
/// <param name="Version">New with every change; the label <c>color</c> tells it.</param>
internal sealed record PodWish(int Version, bool IsKept, bool IsExcluded, string ExcludedBy)
{
    private static readonly string[] s_annotations = ["collector/exclude", "fluentbit.io/exclude"];

    public string Color => $"c{Version}";

    public IReadOnlyDictionary<string, string> Labels => new Dictionary<string, string> { ["app"] = "changing", ["color"] = Color, ["tier"] = IsKept ? Outputs.Kept : "other" };

    public IReadOnlyDictionary<string, string> Annotations =>
        IsExcluded ? new Dictionary<string, string> { [ExcludedBy] = "true" } : new Dictionary<string, string>();

    /// <summary>What an output has to do with its lines.</summary>
    public Claim ClaimOf(string output) =>
        IsExcluded ? Claim.Excluded : output == Outputs.Chosen && !IsKept ? Claim.Unmatched : Claim.Wanted;

    /// <summary>Another color, and with it, as often as not, other wishes.</summary>
    public PodWish Next(SeededRandom random)
    {
        bool turns = random.Chance(0.6);
        return this with
        {
            Version = Version + 1,
            IsExcluded = turns != IsExcluded,
            IsKept = random.Chance(0.4) != IsKept,
            ExcludedBy = s_annotations[random.Below(s_annotations.Length)],
        };
    }
}
