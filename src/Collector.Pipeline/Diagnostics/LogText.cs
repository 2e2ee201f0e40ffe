namespace Collector.Pipeline.Diagnostics;

/// <summary>Names from paths on their way into our own log: shortened; the log writer escapes them (I14, S-122).</summary>
internal static class LogText
{
    private const int MaxLength = 512;

    public static string Shorten(string name) => name.Length <= MaxLength ? name : name[..MaxLength] + "…";
}
