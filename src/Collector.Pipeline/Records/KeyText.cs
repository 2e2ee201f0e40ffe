using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>The rules for an object's key: allowed characters, and lengths of its parts (contract §4).</summary>
internal static class KeyText
{
    /// <summary>A key is at most this many bytes: S3's limit, and Azure's and Cloud Storage's 1,024 characters.</summary>
    public const int MaxKey = 1024;

    /// <summary>Longest object name after the prefix; <see cref="ObjectKey"/> stays well below.</summary>
    public const int MaxObjectName = 160;

    public const int MaxPrefix = MaxKey - MaxObjectName;

    /// <summary>Longest directory; file systems allow 255 bytes.</summary>
    public const int MaxSegment = 200;

    /// <summary>
    /// Longest beginning of the last segment, which the object name continues: both together stay within a file system's 255 bytes.
    /// </summary>
    public const int MaxOpenSegment = 255 - MaxObjectName;

    /// <summary>64 bits: to make up a second text with the same hash is out of reach.</summary>
    private const int HashLength = 16;

    private static readonly SearchValues<char> s_value =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static bool IsValueCharacter(char value) => s_value.Contains(value);

    /// <summary>A character that is allowed in a template outside of its fields.</summary>
    public static bool IsTextCharacter(char value) => IsValueCharacter(value) || value is '/' or '=';

    /// <summary>
    /// A value in which <c>_</c> replaces every character (code point) that could leave its segment, or that a store might refuse;
    /// null when it is empty, <c>.</c> or <c>..</c> and so counts as missing.
    /// </summary>
    public static string? Sanitise(string? value)
    {
        if (value is null or "" or "." or "..")
            return null;
        if (!value.AsSpan().ContainsAnyExcept(s_value))
            return value;
        var clean = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
            clean.Append(rune.IsAscii && IsValueCharacter((char)rune.Value) ? (char)rune.Value : '_');
        return clean.ToString();
    }

    /// <summary>
    /// A rendered prefix with every segment, and the whole, within its limit. Segments are cut one by one; when the whole is
    /// still too long, its last directories give way to one that is named by the hash of the whole.
    /// </summary>
    public static string LimitPrefix(string prefix)
    {
        if (prefix.Length <= MaxOpenSegment)
            return prefix;
        var segments = prefix.Split('/');
        for (var i = 0; i < segments.Length; i++)
            segments[i] = Limit(segments[i], i == segments.Length - 1 ? MaxOpenSegment : MaxSegment);
        var limited = string.Join('/', segments);
        if (limited.Length <= MaxPrefix)
            return limited;
        var kept = limited.LastIndexOf('/', MaxPrefix - HashLength - 2) + 1;
        return limited[..kept] + Hash(prefix) + (prefix.EndsWith('/') ? "/" : "-");
    }

    /// <summary>A text of at most <paramref name="max"/> characters; a longer one is cut and ends in a hash of the whole.</summary>
    public static string Limit(string text, int max) =>
        text.Length <= max ? text : $"{text.AsSpan(0, max - HashLength - 1)}-{Hash(text)}";

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
}
