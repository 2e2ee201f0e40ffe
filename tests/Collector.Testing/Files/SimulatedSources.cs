using Collector.Pipeline.Sources.Files;

namespace Collector.Testing.Files;

/// <summary>Is told what the collector learns of files.</summary>
internal interface ISourceObserver
{
    /// <summary>It was told that size.</summary>
    void Seen(SimulatedInode inode, long size);

    void Opened(SimulatedInode inode);

    /// <summary>It closed its last descriptor.</summary>
    void Closed(SimulatedInode inode);
}

/// <summary>A <see cref="SimulatedTree"/> as the tail sees it. Thin: what a file system does stands in the tree.</summary>
/// <param name="tree">What is seen.</param>
/// <param name="observer">Is told what the collector learns.</param>
/// <param name="before">Runs before each call, and may change the tree: other processes do not wait for a turn to end.</param>
internal sealed class SimulatedSources(SimulatedTree tree, ISourceObserver observer, Action before) : ISourceTree
{
    public ISourceRoot Open(string path, string dataDir) => new SimulatedRoot(this, path);

    private FileStatus StatusOf(SimulatedInode inode) => new(
        inode.Kind switch { InodeKind.Regular => FileKind.Regular, InodeKind.Directory => FileKind.Directory, _ => FileKind.Link },
        inode.Device,
        inode.Number,
        inode.Length,
        inode.Links,
        inode.ModifiedAt,
        tree.TellsBirthTimes ? inode.BirthTime : 0)
    {
        ChangeTime = inode.ChangedAt,
    };

    private SimulatedInode? Find(string path)
    {
        before();
        return tree.Find(path);
    }

    private void Asked() => before();

    private void Opened(SimulatedInode inode) => observer.Opened(inode);

    private void Tell(SimulatedInode inode) => observer.Seen(inode, inode.Length);

    private void Close(SimulatedInode inode)
    {
        tree.Close(inode);
        if (inode.OpenHandles == 0)
        {
            observer.Closed(inode);
        }
    }

    private sealed class SimulatedRoot(SimulatedSources sources, string path) : ISourceRoot
    {
        public string Path { get; } = path;

        public OpenResult TryOpen(string relative, out ISourceHandle? file, out FileStatus status)
        {
            (file, status) = (null, default);
            if (Find(relative) is not { } inode)
            {
                return OpenResult.Missing;
            }

            if (inode.Kind != InodeKind.Regular)
            {
                return OpenResult.Refused;
            }

            sources.Opened(inode);
            sources.Tell(inode);
            (file, status) = (new SimulatedHandle(sources, inode), sources.StatusOf(inode));
            return OpenResult.Opened;
        }

        public bool TryGetStatus(string relative, out FileStatus status)
        {
            var inode = Find(relative);
            status = inode is null ? default : sources.StatusOf(inode);
            if (inode is not null)
            {
                sources.Tell(inode);
            }

            return inode is not null;
        }

        public bool IsGone(string relative) => Find(relative) is null;

        public string? ReadLink(string relative) => Find(relative) is { Kind: InodeKind.Link } link ? link.LinkText : null;

        public Listing List(string relative) => Find(relative) switch
        {
            { Kind: InodeKind.Directory } directory => new Listing([.. directory.Entries.Keys]),
            null => new Listing(ListResult.Gone),
            _ => new Listing(ListResult.Refused),
        };

        public void Dispose()
        {
            // Nothing is held: a root is a path.
        }

        private SimulatedInode? Find(string relative) => sources.Find($"{Path}/{relative}");
    }

    private sealed class SimulatedHandle : ISourceHandle
    {
        private readonly SimulatedSources _sources;
        private readonly SimulatedInode _inode;
        private bool _isClosed;

        public SimulatedHandle(SimulatedSources sources, SimulatedInode inode)
        {
            (_sources, _inode) = (sources, inode);
            inode.OpenHandles++;
        }

        public int Read(Span<byte> buffer, long offset)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _sources.Asked();
            return _inode.Read(buffer, offset);
        }

        public bool TryGetStatus(out FileStatus status)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _sources.Asked();
            status = _sources.StatusOf(_inode);
            _sources.Tell(_inode);
            return true;
        }

        public void Dispose()
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _sources.Close(_inode);
        }
    }
}
