using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Collector.ObjectStores.FileSystem;

/// <summary>The path of a key's object beneath a root directory.</summary>
internal sealed class ObjectPath
{
    private ObjectPath(string root, string[] segments, string temporaryName)
    {
        Directories = new string[segments.Length];
        Directories[0] = root;
        for (var i = 1; i < segments.Length; i++)
            Directories[i] = $"{Directories[i - 1]}/{segments[i - 1]}";

        Final = $"{Directory}/{segments[^1]}";
        Temporary = $"{Directory}/{temporaryName}";
    }

    /// <summary>The directories from the root down to the object's own.</summary>
    public string[] Directories { get; }

    public string Directory => Directories[^1];

    public string Final { get; }

    /// <summary>
    /// A temporary name beside the final one. It is the same for every attempt at a key, so the next attempt replaces what a crash
    /// left. It is a hash, because the final name may already have the greatest length.
    /// </summary>
    public string Temporary { get; }

    /// <summary>
    /// False with the reason for a key that would leave the root or has no name. Repeated slashes are one, as they are for the kernel.
    /// </summary>
    public static bool TryCreate(string root, string key, [NotNullWhen(true)] out ObjectPath? path, out string reason)
    {
        path = null;
        var segments = key.Split('/', StringSplitOptions.RemoveEmptyEntries);
        reason = key switch
        {
            "" => "the key is empty",
            _ when key[0] == '/' => "the key begins with a slash",
            _ when key[^1] == '/' => "the key ends in a slash",
            _ when key.Contains('\0', StringComparison.Ordinal) => "the key has a NUL in it",
            _ when segments.Any(segment => segment is "." or "..") => "the key has \".\" or \"..\" as a segment",
            _ => "",
        };
        if (reason.Length > 0)
            return false;

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        path = new ObjectPath(root, segments, $".upload-{Convert.ToHexStringLower(hash.AsSpan(0, 16))}");
        return true;
    }
}
