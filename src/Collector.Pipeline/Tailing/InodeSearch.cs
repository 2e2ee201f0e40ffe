using Collector.Pipeline.Tailing.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>Looks for a file below a root by its inode: it was moved into another directory (R1). Rare, and bounded.</summary>
internal static class InodeSearch
{
    /// <summary>Directories listed at most: <c>/var/log</c> of a full node has some thousands.</summary>
    private const int MostDirectories = 4096;

    public static (string Path, FileStatus Status)? Find(ISourceRoot root, ulong device, ulong inode)
    {
        var directories = new Queue<string>([""]);
        for (var listed = 0; listed < MostDirectories && directories.TryDequeue(out var directory); listed++)
        {
            foreach (var name in root.List(directory) ?? [])
            {
                var path = directory.Length == 0 ? name : $"{directory}/{name}";
                if (!root.TryGetStatus(path, out var status))
                {
                    continue;
                }

                if (status.Kind == FileKind.Regular && status.Inode == inode && status.Device == device)
                {
                    return (path, status);
                }

                if (status.Kind == FileKind.Directory)
                {
                    directories.Enqueue(path);
                }
            }
        }

        return null;
    }
}
