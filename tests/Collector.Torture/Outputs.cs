using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Collector.Torture.Troubles;

namespace Collector.Torture;

/// <summary>The outputs of a run: their names, and what each must have of what, and where.</summary>
internal static class Outputs
{
    /// <summary>Everything, by the default prefix.</summary>
    public const string Default = "default";

    /// <summary>Everything, with a label in the prefix.</summary>
    public const string S3 = "s3";

    /// <summary>Pods whose label <c>tier</c> is <see cref="Kept"/>, by the hours of their lines.</summary>
    public const string Chosen = "chosen";

    /// <summary>The JSON files alone, by the hours of their lines, which are of many days.</summary>
    public const string Dated = "dated";

    public const string Kept = "kept";

    public static readonly string[] All = [Default, S3, Chosen, Dated];

    public static readonly string[] OfPods = [Default, S3, Chosen];

    public static OracleOptions Checks(string output) => output switch
    {
        S3 => Base(output) with { Suffix = S3Rver.ObjectSuffix, PrefixOfRecord = (w, color, _) => $"{S3Directory(w)}/{(color.Length > 0 ? color : "none")}/" },
        Chosen => Base(output) with { Takes = w => w.IsChanging, Tier = Kept, PrefixOfRecord = (w, _, time) => $"chosen/{w.Identity.Pod}/{HourOf(time)}/" },
        Dated => Base(output) with { Takes = w => w.LogSource == Workspace.Events, PrefixOfRecord = (_, _, time) => $"dated/{HourOf(time)}/" },
        _ => Base(output) with { PrefixOfRecord = (w, _, _) => DefaultDirectory(w) + "/" },
    };

    /// <summary>Where all that an output has of a writer is, below its store.</summary>
    public static string DirectoryOf(string output, LedgerWriter writer) => output switch
    {
        S3 => S3Directory(writer),
        Chosen => $"chosen/{writer.Identity.Pod}",
        Dated => "dated",
        _ => DefaultDirectory(writer),
    };

    /// <summary>The directory of an output's store.</summary>
    public static string StoreOf(string output, Workspace workspace) =>
        output == S3 ? Path.Combine(workspace.S3Directory, S3Troubles.Bucket) : output == Default ? workspace.Objects : workspace.ObjectsOf(output);

    private static OracleOptions Base(string output) => new() { Output = output, Node = Workspace.NodeName };

    private static string S3Directory(LedgerWriter writer) => $"pods/{(writer.LogSource is null ? writer.Identity.Pod : Workspace.NodeName)}";

    private static string DefaultDirectory(LedgerWriter writer) => writer.LogSource is { } source
        ? $"persisted-logs/namespace-none.pod-{Workspace.NodeName}.cont-{source}"
        : ObjectKey.DefaultPrefix(writer.Identity).TrimEnd('/');

    private static string HourOf(string time) => time.Length < 13 ? "no time" : $"{time[..4]}/{time[5..7]}/{time[8..10]}/{time[11..13]}";
}
