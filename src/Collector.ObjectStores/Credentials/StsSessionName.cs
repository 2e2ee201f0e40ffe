namespace Collector.ObjectStores.Credentials;

/// <summary>The name of a session: <c>[\w+=,.@-]{2,64}</c> (API reference of STS, RoleSessionName).</summary>
internal static class StsSessionName
{
    private const string Prefix = "collector-";
    private const int Longest = 64;

    public static string Of(string host)
    {
        var name = Prefix + string.Concat(host.Select(c => char.IsAsciiLetterOrDigit(c) || "+=,.@-_".Contains(c) ? c : '-'));
        return name.Length > Longest ? name[..Longest] : name;
    }
}
