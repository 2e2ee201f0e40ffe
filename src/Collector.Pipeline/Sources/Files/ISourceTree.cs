using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// The file system of the sources. It has two implementations: the kernel (<see cref="LinuxTree"/>), and a tree in memory with
/// inodes, links and descriptors of its own, so that a simulation decides what the tail sees at every moment.
/// </summary>
internal interface ISourceTree
{
    /// <summary>
    /// A line for the log, once, about how files are opened; null: nothing (yet: it is known after the first open).
    /// </summary>
    string? Notice => null;

    /// <summary>A directory beneath which files may be opened. Nothing is opened yet. The caller disposes it.</summary>
    /// <param name="path">Absolute. Links in it are followed: it is configured, not found.</param>
    /// <param name="dataDir">Nothing in it is opened, wherever it is mounted; empty: none.</param>
    ISourceRoot Open(string path, string dataDir);
}

/// <summary>
/// A directory beneath which files may be opened (I14): paths are relative, no link is followed anywhere on the way, and only
/// regular files come out, none from the collector's own data dir. Names are strings as of <see cref="NameBytes"/>. Used by the
/// tail worker.
/// </summary>
internal interface ISourceRoot : IDisposable
{
    string Path { get; }

    /// <summary>The absolute path of <paramref name="relative"/>, for messages and keys.</summary>
    string Locate(string relative) => $"{Path.TrimEnd('/')}/{relative}";

    /// <summary>
    /// Opens a regular file. On <see cref="OpenResult.Opened"/> the caller owns the handle. A missing or forbidden root gives the
    /// result of a missing or forbidden file. Disk errors are <see cref="IOException"/>.
    /// </summary>
    OpenResult TryOpen(string relative, out ISourceHandle? file, out FileStatus status);

    /// <summary>
    /// The status of a name in the root, without following a link at its end; false when it does not exist. Only a hint:
    /// <see cref="TryOpen"/> decides.
    /// </summary>
    bool TryGetStatus(string relative, out FileStatus status);

    /// <summary>Whether the name does not exist; false also when this could not be checked.</summary>
    bool IsGone(string relative);

    /// <summary>The text of a link in the root; null when it is not a link.</summary>
    string? ReadLink(string relative);

    /// <summary>
    /// The names in a directory of the root, empty: the root itself; or why they cannot be listed. Links to it are not followed.
    /// </summary>
    Listing List(string relative);
}

/// <summary>A descriptor of a source file. It outlives the file's names. The one who opened it disposes it.</summary>
internal interface ISourceHandle : IDisposable
{
    /// <summary>Fills as much of <paramref name="buffer"/> as there is at <paramref name="offset"/>. Errors are <see cref="IOException"/>.</summary>
    int Read(Span<byte> buffer, long offset);

    bool TryGetStatus(out FileStatus status);
}
