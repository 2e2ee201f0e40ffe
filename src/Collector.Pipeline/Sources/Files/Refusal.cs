namespace Collector.Pipeline.Sources.Files;

/// <summary>What is wrong with a name that is not read.</summary>
internal enum RefusalReason
{
    /// <summary>It, or a directory on the way to it, is a link.</summary>
    Link,

    /// <summary>It is a directory.</summary>
    Directory,

    /// <summary>A FIFO, a socket, a device.</summary>
    NotRegular,
}

/// <summary>
/// Why a name beneath a root is refused, for the log (S-130): found out afterwards, so that finding and opening need not carry it.
/// A link that a pattern finds is never followed (I14), planted or not; a user who means it configures its target.
/// </summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="At">The part of the name, from the root, that is the link or no regular file.</param>
/// <param name="Target">The text of the link; empty otherwise.</param>
internal readonly record struct Refusal(RefusalReason Reason, string At, string Target)
{
    /// <summary>As long as a chain of links is that a person makes.</summary>
    private const int MostLinks = 8;

    /// <summary>The first obstacle to reading a regular file by that name; null when there is none (any more).</summary>
    /// <param name="root">The root of the name.</param>
    /// <param name="relative">As for <see cref="ISourceRoot.TryOpen"/>.</param>
    /// <param name="isDirectory">A directory is expected, whose files are to be read.</param>
    public static Refusal? Find(ISourceRoot root, string relative, bool isDirectory = false)
    {
        for (var end = EndOfPart(relative, 0); ; end = EndOfPart(relative, end + 1))
        {
            var at = relative[..end];
            if (!root.TryGetStatus(at, out var status))
            {
                return null;
            }

            if (status.Kind == FileKind.Link)
            {
                return new Refusal(RefusalReason.Link, at, root.ReadLink(at) ?? "");
            }

            if (end == relative.Length)
            {
                return status.Kind == (isDirectory ? FileKind.Directory : FileKind.Regular) ? null : new Refusal(status.Kind == FileKind.Directory ? RefusalReason.Directory : RefusalReason.NotRegular, at, "");
            }
        }
    }

    /// <summary>
    /// The path beneath the root to which a link leads, when it leads there within a few links: <c>app.INFO</c> of glog, or
    /// Airflow's <c>latest</c>. Null: it leads elsewhere, to nothing, or it is no link.
    /// </summary>
    /// <param name="root">As for <see cref="Find"/>.</param>
    /// <param name="relative">As for <see cref="Find"/>.</param>
    /// <param name="isDirectory">As for <see cref="Find"/>.</param>
    public static string? TargetOf(ISourceRoot root, string relative, bool isDirectory = false)
    {
        var path = relative;
        for (var links = 0; links <= MostLinks; links++)
        {
            if (Find(root, path, isDirectory) is not { } refusal)
            {
                return links > 0 && root.TryGetStatus(path, out _) ? path : null;
            }

            if (refusal.Reason != RefusalReason.Link || refusal.Replace(root.Path) is not { } target)
            {
                return null;
            }

            path = (target + path[refusal.At.Length..]).TrimStart('/');
        }

        return null;
    }

    /// <summary>What is wrong and what to do, as the end of a sentence that has named the path.</summary>
    /// <param name="root">The root's path.</param>
    public string Describe(string root) => Reason == RefusalReason.Link
        ? $"{root.TrimEnd('/')}/{At} is a link to {Target}, and the collector does not follow links that a glob matches; configure the path of the link's target"
        : $"it is {(Reason == RefusalReason.Directory ? "a directory" : "a FIFO, a socket or a device")}, and only regular files are read; remove it, or exclude it from the source's path";

    /// <summary>
    /// The path from the root that a link stands for, by its text. Null when it leads out of the root, and for a text in which <c>..</c> follows
    /// a name, which may be another link.
    /// </summary>
    private string? Replace(string root)
    {
        var inside = root.TrimEnd('/') + "/";
        var isAbsolute = Target.StartsWith('/');
        if (isAbsolute && !Target.StartsWith(inside, StringComparison.Ordinal))
        {
            return null;
        }

        List<string> parts = [.. isAbsolute ? [] : At.Split('/')[..^1]];
        var mayClimb = true;
        foreach (var part in (isAbsolute ? Target[inside.Length..] : Target).Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
                mayClimb = false;
            }
            else if (!mayClimb || parts.Count == 0)
            {
                return null;
            }
            else
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return string.Join('/', parts);
    }

    private static int EndOfPart(string path, int from) => path.IndexOf('/', from) is >= 0 and var slash ? slash : path.Length;
}
