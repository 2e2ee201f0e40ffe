using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>All regular files below a directory of a root. For rare use, because it reads the status of every name.</summary>
internal static class BelowRoot
{
    /// <param name="root">Where they are.</param>
    /// <param name="directory">Where to begin, relative to the root.</param>
    /// <param name="mostDirectories">The limit of listed directories.</param>
    public static IEnumerable<(string Path, FileStatus Status)> Files(ISourceRoot root, string directory, int mostDirectories)
    {
        var directories = new Queue<string>([directory]);
        for (var listed = 0; listed < mostDirectories && directories.TryDequeue(out var next); listed++)
        {
            foreach (var name in root.List(next).Names)
            {
                var path = next.Length == 0 ? name : $"{next}/{name}";
                if (!root.TryGetStatus(path, out var status))
                {
                    continue;
                }

                if (status.Kind == FileKind.Regular)
                {
                    yield return (path, status);
                }
                else if (status.Kind == FileKind.Directory)
                {
                    directories.Enqueue(path);
                }
            }
        }
    }
}
