namespace Collector.ObjectStores.Http;

/// <summary>An object's key as a part of a URL.</summary>
internal static class ObjectUrl
{
    /// <summary>
    /// Escapes each segment. False for keys that would lead elsewhere: empty ones, and keys with a segment <c>.</c> or <c>..</c>,
    /// which clients and proxies on the way may resolve.
    /// </summary>
    public static bool TryEscape(string key, out string path)
    {
        var segments = key.Split('/');
        path = string.Join('/', segments.Select(Uri.EscapeDataString));
        return key.Length > 0 && !segments.Any(segment => segment is "." or "..");
    }
}
