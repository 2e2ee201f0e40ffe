using System.Globalization;

namespace Collector.Kubernetes;

/// <summary>
/// The workload of a pod, from the pod itself, so that no permission on workloads is needed. A ReplicaSet's name is its
/// Deployment's, followed by the label <c>pod-template-hash</c>; a Job's is its CronJob's, followed by the scheduled time in
/// minutes since 1970 (in seconds before Kubernetes 1.21).
/// </summary>
internal static class PodOwner
{
    private const string TemplateHash = "pod-template-hash";
    private const int MinuteDigits = 8;
    private const int SecondDigits = 10;

    /// <summary>
    /// A pod starts after its schedule; not later than this, counting a deadline and the Job's retries. A number at the end of
    /// another Job's name (a date, say) is hardly ever such a time.
    /// </summary>
    private static readonly TimeSpan LatestStart = TimeSpan.FromDays(14);

    private static readonly TimeSpan ClockDifference = TimeSpan.FromHours(1);

    public static (string Kind, string Name) Of(ApiObject pod) => pod.OwnerKind switch
    {
        "ReplicaSet" when pod.Labels.GetValueOrDefault(TemplateHash) is { Length: > 0 } hash && pod.OwnerName.EndsWith("-" + hash, StringComparison.Ordinal) =>
            ("Deployment", pod.OwnerName[..^(hash.Length + 1)]),
        "Job" when IsScheduled(pod.OwnerName, pod.Created, out var name) => ("CronJob", name),
        _ => (pod.OwnerKind, pod.OwnerName),
    };

    private static bool IsScheduled(string job, string created, out string name)
    {
        var dash = job.LastIndexOf('-');
        name = dash > 0 ? job[..dash] : "";
        var digits = job.AsSpan(dash + 1);
        if (name.Length == 0 || digits.Length is not (MinuteDigits or SecondDigits) || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ||
            !DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start))
        {
            return false;
        }

        var schedule = DateTimeOffset.UnixEpoch.AddSeconds(digits.Length == MinuteDigits ? number * 60 : number);
        return schedule <= start + ClockDifference && schedule >= start - LatestStart;
    }
}
