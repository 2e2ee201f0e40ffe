using System.Globalization;

namespace Collector.Simulation.World;

/// <summary>What rotators call a file that they put aside.</summary>
internal static class RotatedNames
{
    /// <summary>For files of applications.</summary>
    public static readonly string[] OfFiles =
        ["number", "dateext", "extension", "old", "before", "log4j", "lumberjack", "logback", "svlogd", "epoch", "archive", "olddir"];

    /// <summary>Kubelet's, and what a person does by hand.</summary>
    private static readonly string[] s_ofKubelet = ["kubelet", "kubelet", "kubelet", "kubelet", "old", "number"];

    /// <summary>Docker's own, and logrotate's for plain files. Of one kind in a run: between names of several kinds there is no order.</summary>
    private static readonly string[] s_ofOthers = ["number"];

    /// <summary>By the name of a target of the simulation.</summary>
    public static string[] Of(string target) => target[0] == 'f' ? OfFiles : NodeWorld.KindOfContainer(target[1] - '0') == TargetKind.Cri ? s_ofKubelet : s_ofOthers;

    /// <summary>The path of the next rotated file; of the form <c>number</c> it is the first, whose place has to be made.</summary>
    public static string Next(LogTarget target, string form, DateTimeOffset now)
    {
        var (directory, name) = (target.Directory, target.LiveName);
        var (stem, extension) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name));
        var rotation = target.Rotations++;
        string Stamp(string format) => (now.UtcDateTime + TimeSpan.FromSeconds(rotation)).ToString(format, CultureInfo.InvariantCulture);
        string Day(string format) => (now.UtcDateTime + TimeSpan.FromDays(rotation)).ToString(format, CultureInfo.InvariantCulture);
        return form switch
        {
            "kubelet" => $"{directory}/{name}.{Stamp("yyyyMMdd-HHmmss")}",
            "dateext" => $"{directory}/{name}-{Day("yyyyMMdd")}",
            "extension" => $"{directory}/{stem}-{Day("yyyyMMdd")}{extension}",
            "old" => $"{directory}/{name}.old",
            "before" => $"{directory}/{stem}.{rotation + 1}{extension}",
            "log4j" => $"{directory}/{stem}-{rotation + 1}{extension}",
            "lumberjack" => $"{directory}/{stem}-{Stamp("yyyy-MM-ddTHH-mm-ss.fff")}{extension}",
            "logback" => $"{directory}/{stem}.{Day("yyyy-MM-dd")}.{rotation}{extension}",
            "svlogd" => $"{directory}/@40000000{(now.ToUnixTimeSeconds() + rotation):x8}{rotation:x8}.s",
            "epoch" => $"{directory}/{name}-{Stamp("yyyyMMdd")}-{now.ToUnixTimeSeconds() + rotation}",
            "archive" => $"{directory}/archive{rotation}/{name}",
            "olddir" => $"{directory}/old/{name}-{Day("yyyyMMdd")}",
            _ => $"{directory}/{name}.1",
        };
    }
}
