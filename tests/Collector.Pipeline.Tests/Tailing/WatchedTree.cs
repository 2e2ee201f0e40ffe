using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What is asked of a <see cref="WatchedTree"/>.</summary>
internal enum TreeCall
{
    Status,
    List,
    Open,
}

/// <summary>Another tree, and what a test puts before it: calls that fail, answers of another file system, a count of descriptors.</summary>
internal sealed class WatchedTree(ISourceTree tree) : ISourceTree
{
    /// <summary>Is told each call and its absolute path, and may throw.</summary>
    public Action<TreeCall, string> Before { get; set; } = (_, _) => { };

    /// <summary>Is told each read of a file: its absolute path when it was opened, and the length of the buffer.</summary>
    public Action<string, int> BeforeRead { get; set; } = (_, _) => { };

    /// <summary>What the file system tells instead.</summary>
    public Func<FileStatus, FileStatus> Tells { get; init; } = status => status;

    /// <summary>Whether a listing does not show this absolute path: a name that comes while a directory is listed may be missing.</summary>
    public Func<string, bool> Misses { get; set; } = _ => false;

    /// <summary>Whether the directory of this absolute path may be listed, and not entered (mode r--).</summary>
    public Func<string, bool> Bars { get; set; } = _ => false;

    /// <summary>The process has no descriptor left: nothing can be opened or listed.</summary>
    public bool HasNoDescriptor { get; set; }

    /// <summary>Files that are open now.</summary>
    public int OpenFiles { get; private set; }

    public int MostOpenFiles { get; private set; }

    public string? Notice => tree.Notice;

    public ISourceRoot Open(string path, string dataDir) => new Root(this, tree.Open(path, dataDir));

    private sealed class Root(WatchedTree watched, ISourceRoot root) : ISourceRoot
    {
        public string Path => root.Path;

        public OpenResult TryOpen(string relative, out ISourceHandle? file, out FileStatus status)
        {
            watched.Before(TreeCall.Open, $"{Path}/{relative}");
            if (watched.HasNoDescriptor || IsBarred(relative))
            {
                (file, status) = (null, default);
                return watched.HasNoDescriptor ? OpenResult.NoDescriptor : OpenResult.Denied;
            }

            var result = root.TryOpen(relative, out file, out status);
            status = watched.Tells(status);
            file = file is null ? null : new Handle(watched, file, $"{Path}/{relative}");
            return result;
        }

        public bool TryGetStatus(string relative, out FileStatus status)
        {
            watched.Before(TreeCall.Status, $"{Path}/{relative}");
            var isThere = root.TryGetStatus(relative, out status);
            status = watched.Tells(status);
            return isThere && !IsBarred(relative);
        }

        public bool IsGone(string relative) => root.IsGone(relative);

        private bool IsBarred(string relative) => relative is not ("" or ".") && watched.Bars(System.IO.Path.GetDirectoryName(System.IO.Path.Join(Path, relative))!);

        public string? ReadLink(string relative) => root.ReadLink(relative);

        public Listing List(string relative)
        {
            watched.Before(TreeCall.List, $"{Path}/{relative}");
            if (watched.HasNoDescriptor)
            {
                return new Listing(ListResult.NoDescriptor, "Too many open files");
            }

            var listing = root.List(relative);
            return listing.IsListed ? new Listing([.. listing.Names.Where(name => !watched.Misses(System.IO.Path.Join(Path, relative, name)))]) : listing;
        }

        public void Dispose() => root.Dispose();
    }

    private sealed class Handle : ISourceHandle
    {
        private readonly WatchedTree _watched;
        private readonly ISourceHandle _handle;
        private readonly string _path;
        private bool _isClosed;

        public Handle(WatchedTree watched, ISourceHandle handle, string path)
        {
            (_watched, _handle, _path) = (watched, handle, path);
            watched.OpenFiles++;
            watched.MostOpenFiles = Math.Max(watched.MostOpenFiles, watched.OpenFiles);
        }

        public int Read(Span<byte> buffer, long offset)
        {
            _watched.BeforeRead(_path, buffer.Length);
            return _handle.Read(buffer, offset);
        }

        public bool TryGetStatus(out FileStatus status)
        {
            var isThere = _handle.TryGetStatus(out status);
            status = _watched.Tells(status);
            return isThere;
        }

        public void Dispose()
        {
            _watched.OpenFiles -= _isClosed ? 0 : 1;
            _isClosed = true;
            _handle.Dispose();
        }
    }
}
