namespace Collector.Pipeline.Sources.Files;

/// <summary>Where a file was found.</summary>
/// <param name="Path">From the root; null: not found.</param>
/// <param name="IsComplete">All directories were searched, so a file that was not found does not exist.</param>
internal readonly record struct InodeFound(string? Path, bool IsComplete);

/// <summary>
/// Searches for a file that has lost its name (R1): moved into a subdirectory, or renamed to a name that no pattern matches. It
/// reads the status of every name in every directory, so it is for rare use.
/// </summary>
internal static class InodeSearch
{
    /// <summary>The first name beneath the root that leads to a regular file, without following a link; near the root first.</summary>
    /// <param name="root">Where to look.</param>
    /// <param name="file">Which.</param>
    /// <param name="mostDirectories">The limit of listed directories, including the root.</param>
    public static InodeFound Find(ISourceRoot root, FileIdentity file, int mostDirectories)
    {
        var directories = new Queue<string>([""]);
        var isComplete = true;
        for (var listed = 0; directories.TryDequeue(out var directory); listed++)
        {
            if (listed == mostDirectories)
            {
                return new InodeFound(null, IsComplete: false);
            }

            var listing = root.List(directory);

            // A deleted directory holds nothing, and the data dir has no logs.
            isComplete &= listing.Result is ListResult.Listed or ListResult.Gone or ListResult.InDataDir or ListResult.Refused;
            foreach (var name in listing.Names)
            {
                var path = directory.Length == 0 ? name : $"{directory}/{name}";
                if (!root.TryGetStatus(path, out var status))
                {
                    continue;
                }

                if (status.Kind == FileKind.Regular && status.Identity == file)
                {
                    return new InodeFound(path, isComplete);
                }

                if (status.Kind == FileKind.Directory)
                {
                    directories.Enqueue(path);
                }
            }
        }

        return new InodeFound(null, isComplete);
    }
}
