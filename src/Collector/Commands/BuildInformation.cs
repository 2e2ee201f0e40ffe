using System.Reflection;
using System.Runtime.InteropServices;

namespace Collector.Commands;

/// <summary>What was built: from the assembly's informational version, <c>version+commit</c>.</summary>
public static class BuildInformation
{
    private static readonly string[] Parts =
        (typeof(BuildInformation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+', 2);

    public static string Version => Parts[0];

    /// <summary>"unknown" in a build without <c>-p:SourceRevisionId</c>.</summary>
    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";

    public static string Runtime => $"{RuntimeInformation.FrameworkDescription} {RuntimeInformation.RuntimeIdentifier}";
}
