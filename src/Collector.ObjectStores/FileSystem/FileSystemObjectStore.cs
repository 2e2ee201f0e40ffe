using System.Buffers;
using System.Collections.Concurrent;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Upload;
using Microsoft.Win32.SafeHandles;

namespace Collector.ObjectStores.FileSystem;

/// <summary>
/// Objects as files beneath a directory, which must exist. An object is written under a temporary name that begins with a dot,
/// synced, and then linked to its final name; the link fails if that name exists. So a reader never sees half an object, and an
/// object that is reported as stored survives a power loss. Metadata and content type have no place here and are dropped.
/// </summary>
public sealed class FileSystemObjectStore(string root) : IObjectStore, IStoreCheck
{
    /// <summary>Large enough that the calls do not count, small enough to notice a cancellation soon.</summary>
    private const int BlockSize = 128 * 1024;

    /// <summary>
    /// Above this number the set is cleared, and directories are synced once more: pods and dates change, and memory must not grow
    /// with them.
    /// </summary>
    private const int MostDurable = 2_000;

    /// <summary>
    /// As many threads as an output sends objects at once. An output with a hanging mount keeps these threads, and gets no more
    /// (S-146).
    /// </summary>
    private const int MostThreads = 4;

    private const string ProbeName = ".collector-probe";
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>Never disposed: a hanging thread releases its place whenever it returns.</summary>
    private readonly SemaphoreSlim _threads = new(MostThreads, MostThreads);

    /// <summary>
    /// Not the shared pool: it keeps arrays with their thread, and each operation has a new thread. An array of this size is a large
    /// object, and allocating one for each small object costs a full collection for every few of them.
    /// </summary>
    private readonly ArrayPool<byte> _blocks = ArrayPool<byte>.Create(BlockSize, MostThreads);

    /// <summary>
    /// Keys being written. Two attempts at one key would share a temporary file, and one of them could link the half-written file
    /// of the other. That happens only if a caller abandons an attempt without awaiting it.
    /// </summary>
    private readonly ConcurrentDictionary<string, bool> _inFlight = new(StringComparer.Ordinal);

    /// <summary>Directories with a durable name, because this process has synced their parent since they were created.</summary>
    private readonly ConcurrentDictionary<string, bool> _durable = new(StringComparer.Ordinal);

    public string Description => $"filesystem {_root}";

    public DateTimeOffset? CredentialExpiry => null;

    public bool NeedsSha256 => false;

    public Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken) =>
        OnThreadAsync(() => Put(item, cancellationToken), Hangs, cancellationToken);

    /// <summary>A network file system repeats a link after a lost answer, and then finds its own file.</summary>
    public Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken) => OnThreadAsync(() => Compare(item, cancellationToken), () => Sight.Unanswered, cancellationToken);

    /// <summary>The caller does not wait for a mount that hangs.</summary>
    public Task<PutResult> ProbeAsync(CancellationToken cancellationToken) => OnThreadAsync(Probe, Hangs, cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Whether the directory is there. Nothing is written: many nodes may share it, and start at once.</summary>
    public Task<PutResult> CheckAsync(CancellationToken cancellationToken) =>
        OnThreadAsync(() => CheckRoot() ?? PutResult.Stored, Hangs, cancellationToken).WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Runs an operation that may hang for ever on a thread of its own, so that the pool's threads serve the other outputs. A
    /// caller that finds all threads in use until it is cancelled gets <paramref name="unanswered"/>.
    /// </summary>
    private async Task<T> OnThreadAsync<T>(Func<T> operation, Func<T> unanswered, CancellationToken cancellation)
    {
        try
        {
            await _threads.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_threads.CurrentCount == 0)
        {
            return unanswered();
        }

        return await Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);

        T Run()
        {
            try
            {
                return operation();
            }
            finally
            {
                _threads.Release();
            }
        }
    }

    private PutResult Hangs() =>
        new(PutStatus.Unavailable, $"store.path {_root} does not answer: {MostThreads} writes there hang; check the mount, and the file server");

    private PutResult Put(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectPath.TryCreate(_root, item.Key, out var path, out var reason))
            return new PutResult(PutStatus.Rejected, $"{reason}: \"{item.Key}\"; change keyPrefix");

        if (CheckRoot() is { } broken)
            return broken;

        if (!_inFlight.TryAdd(item.Key, true))
            return new PutResult(PutStatus.Conflict, $"an earlier attempt to write {path.Final} has not ended yet");

        try
        {
            return Write(item, path, cancellationToken);
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.ToResult(failure);
        }
        finally
        {
            _inFlight.TryRemove(item.Key, out _);
        }
    }

    private PutResult Write(ObjectToPut item, ObjectPath path, CancellationToken cancellationToken)
    {
        try
        {
            MakeDirectories(path);
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.OfName(failure);
        }

        Posix.Unlink(path.Temporary);
        PutResult result;
        try
        {
            WriteTemporary(item, path.Temporary, cancellationToken);
            result = item.OnlyIfAbsent ? TryLink(path) : Replace(path);
        }
        finally
        {
            RemoveQuietly(path.Temporary);
        }

        // Also for an existing object: the attempt that linked it may have died before this step.
        DirectorySync.Do(path.Directory);
        return result;
    }

    private void WriteTemporary(ObjectToPut item, string path, CancellationToken cancellationToken)
    {
        var block = _blocks.Rent(BlockSize);
        try
        {
            using var body = item.OpenBody();
            using var file = Posix.Create(path, FileMode);
            var length = Copy(body, file, path, block, cancellationToken);
            if (length != item.Length)
                throw new InvalidOperationException($"the body of {item.Key} has {length} bytes, but {item.Length} were announced");

            Posix.SyncData(file, path);
        }
        finally
        {
            _blocks.Return(block);
        }
    }

    private static long Copy(Stream body, SafeFileHandle file, string path, byte[] block, CancellationToken cancellationToken)
    {
        long length = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Read(body, block);
            if (count == 0)
                return length;

            Posix.Write(file, block.AsSpan(0, count), length, path);
            length += count;
        }
    }

    /// <summary>An unreadable body is not a failure of this store, though it comes from a disk too.</summary>
    private static int Read(Stream body, byte[] block)
    {
        try
        {
            return body.Read(block);
        }
        catch (StorageException failure)
        {
            throw new IOException($"the body could not be read: {failure.Message}", failure);
        }
    }

    private Sight Compare(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectPath.TryCreate(_root, item.Key, out var path, out _))
            return Sight.NotShown;

        try
        {
            using var there = new FileStream(path.Final, System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BlockSize);
            using var body = item.OpenBody();
            return there.Length == item.Length && HoldsSame(there, body, cancellationToken) ? Sight.Ours : Sight.NotShown;
        }
        catch (UnauthorizedAccessException)
        {
            return Sight.NotShown;
        }
        catch (IOException)
        {
            return Sight.Unanswered;
        }
    }

    private static bool HoldsSame(Stream one, Stream other, CancellationToken cancellationToken)
    {
        var (mine, theirs) = (new byte[BlockSize], new byte[BlockSize]);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = one.ReadAtLeast(mine, BlockSize, throwOnEndOfStream: false);
            if (other.ReadAtLeast(theirs, BlockSize, throwOnEndOfStream: false) != count || !mine.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
                return false;
            if (count < BlockSize)
                return true;
        }
    }

    private static PutResult TryLink(ObjectPath path)
    {
        try
        {
            Posix.Link(path.Temporary, path.Final);
            return PutResult.Stored;
        }
        catch (StorageException failure) when (failure.Error == StorageError.Exists && !Directory.Exists(path.Final))
        {
            return new PutResult(PutStatus.AlreadyThere, $"{path.Final} is already there");
        }
        catch (StorageException failure) when (failure.Error == StorageError.Exists)
        {
            return new PutResult(PutStatus.Rejected, $"{path.Final} is a directory; move it away, or change keyPrefix");
        }
        catch (StorageException failure) when (FileSystemFailures.HasNoLinks(failure))
        {
            return new PutResult(PutStatus.ConditionUnsupported, $"{failure.Message}; this file system has no hard links");
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.OfName(failure);
        }
    }

    private static PutResult Replace(ObjectPath path)
    {
        try
        {
            Posix.Rename(path.Temporary, path.Final);
            return PutResult.Stored;
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.OfName(failure);
        }
    }

    /// <summary>
    /// An existing directory is synced once too: the process that created it may have died before its sync. A directory that was
    /// deleted and created again is new.
    /// </summary>
    private void MakeDirectories(ObjectPath path)
    {
        for (var i = 1; i < path.Directories.Length; i++)
        {
            var directory = path.Directories[i];
            if (Posix.MakeDirectory(directory, DirectoryMode))
            {
                _durable.TryRemove(directory, out _);
            }

            if (!_durable.ContainsKey(directory))
            {
                DirectorySync.Do(path.Directories[i - 1]);
                Remember(directory);
            }
        }
    }

    private void Remember(string directory)
    {
        if (_durable.Count >= MostDurable)
        {
            _durable.Clear();
        }

        _durable[directory] = true;
    }

    /// <summary>
    /// The next attempt replaces a leftover temporary file, whose deletion must not hide why this attempt failed.
    /// </summary>
    private static void RemoveQuietly(string path)
    {
        try
        {
            Posix.Unlink(path);
        }
        catch (StorageException)
        {
        }
    }

    private PutResult? CheckRoot()
    {
        try
        {
            Posix.RequireDirectory(_root);
            return null;
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.OfRoot(_root, failure);
        }
    }

    private PutResult Probe()
    {
        if (CheckRoot() is { } broken)
            return broken;

        var path = $"{_root}/{ProbeName}";
        try
        {
            Posix.Unlink(path);
            using var file = Posix.Create(path, FileMode);
            Posix.Write(file, "x"u8, 0, path);
            Posix.SyncData(file, path);
            return PutResult.Stored;
        }
        catch (StorageException failure)
        {
            return FileSystemFailures.ToResult(failure);
        }
        finally
        {
            RemoveQuietly(path);
        }
    }
}
