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
internal sealed class SimulatedSources(SimulatedTree tree, ISourceObserver observer) : ISourceTree
{
    public ISourceRoot Open(string path, string dataDir) => new SimulatedRoot(tree, observer, path);

    private static FileStatus StatusOf(SimulatedTree tree, SimulatedInode inode) => new(
        inode.Kind switch { InodeKind.Regular => FileKind.Regular, InodeKind.Directory => FileKind.Directory, _ => FileKind.Link },
        inode.Device,
        inode.Number,
        inode.Length,
        inode.Links,
        inode.ModifiedAt,
        tree.TellsBirthTimes ? inode.BirthTime : 0);

    private sealed class SimulatedRoot(SimulatedTree tree, ISourceObserver observer, string path) : ISourceRoot
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

            observer.Opened(inode);
            observer.Seen(inode, inode.Length);
            (file, status) = (new SimulatedHandle(tree, observer, inode), StatusOf(tree, inode));
            return OpenResult.Opened;
        }

        public bool TryGetStatus(string relative, out FileStatus status)
        {
            var inode = Find(relative);
            status = inode is null ? default : StatusOf(tree, inode);
            if (inode is not null)
            {
                observer.Seen(inode, inode.Length);
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

        private SimulatedInode? Find(string relative) => tree.Find($"{Path}/{relative}");
    }

    private sealed class SimulatedHandle : ISourceHandle
    {
        private readonly SimulatedTree _tree;
        private readonly ISourceObserver _observer;
        private readonly SimulatedInode _inode;
        private bool _isClosed;

        public SimulatedHandle(SimulatedTree tree, ISourceObserver observer, SimulatedInode inode)
        {
            (_tree, _observer, _inode) = (tree, observer, inode);
            inode.OpenHandles++;
        }

        public int Read(Span<byte> buffer, long offset)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _inode.Read(buffer, offset);
        }

        public bool TryGetStatus(out FileStatus status)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            status = StatusOf(_tree, _inode);
            _observer.Seen(_inode, _inode.Length);
            return true;
        }

        public void Dispose()
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _tree.Close(_inode);
            if (_inode.OpenHandles == 0)
            {
                _observer.Closed(_inode);
            }
        }
    }
}
