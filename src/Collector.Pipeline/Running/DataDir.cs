using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>
/// The data dir cannot be used: another collector holds it, it is read-only, or it cannot be created. Exit code 3.
/// </summary>
public sealed class DataDirException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The data dir of one collector (I8): its lock, its instance bits, the directories of its outputs. The lock is the kernel's and
/// ends with the process. Disposing releases it.
/// </summary>
internal sealed class DataDir : IDisposable
{
    private const string LockName = "lock";
    private const string InstanceName = "instance";
    private const string OutputsName = "outputs";
    private const string UnwantedName = "unwanted";

    /// <summary>For the file <c>instance</c> alone.</summary>
    private const ushort Version = 1;
    private const int InstanceLength = sizeof(ushort) + sizeof(uint);

    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>EWOULDBLOCK, which the runtime keeps in the exception.</summary>
    private const int WouldBlock = 11;

    /// <summary>
    /// All names that a collector keeps in it, including the pod cache, and names that file systems add themselves.
    /// </summary>
    private static readonly string[] Known = [LockName, InstanceName, InstanceName + ".new", OutputsName, UnwantedName, LossFile.Name, LossFile.Name + ".new", HandOver.Name, HandOver.Name + ".new", HandOver.TakenName, "pods", "lost+found"];

    private readonly FileStream _lock;
    private readonly IStorageDirectory _root;
    private readonly IStorageDirectory _outputs;

    private DataDir(FileStream held, IStorageDirectory root, IStorageDirectory outputs)
    {
        _lock = held;
        _root = root;
        _outputs = outputs;
    }

    /// <summary>Opens, and creates when absent. Throws <see cref="DataDirException"/>.</summary>
    public static DataDir Open(string path)
    {
        try
        {
            var root = FileSystemDirectory.Open(path);
            var held = Hold(Path.Join(path, LockName));
            try
            {
                CloseToOthers(root);
                return new DataDir(held, root, root.OpenDirectory(OutputsName));
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirException($"dataDir {path} cannot be used: {e.Message}; {AdviceFor(e)}", e);
        }
    }

    /// <summary>
    /// Neither root without its capabilities nor another user may write files of uid 10001, and the other way round.
    /// </summary>
    private static string AdviceFor(Exception e) => e is UnauthorizedAccessException
        ? "the directory belongs to another user, for example after a change of nonRoot; change its owner (prepareDataDir: true in the chart, or chown -R), or give the collector a writable directory of its own"
        : "give the collector a writable directory of its own";

    /// <summary>Names of the outputs that have a directory here, configured or not.</summary>
    public IReadOnlyList<string> Outputs => _outputs.ListDirectories();

    public IStorageDirectory Output(string name) => _outputs.OpenDirectory(name);

    /// <summary>The directory itself.</summary>
    public IStorageDirectory Root => _root;

    /// <summary>
    /// The path that was deleted, moved or replaced under this collector: the lock's, or an output's directory. Null: all are there.
    /// </summary>
    /// <param name="outputs">The names of those that are open.</param>
    public string? Missing(IEnumerable<string> outputs)
    {
        var held = Path.Join(_root.Location, LockName);
        return !Posix.IsAt(_lock.SafeFileHandle, held) ? held
            : outputs.Select(name => Path.Join(_outputs.Location, name)).FirstOrDefault(Posix.IsMissing);
    }

    /// <summary>For the positions of files that match no output.</summary>
    public IStorageDirectory Unwanted => _root.OpenDirectory(UnwantedName);

    /// <summary>
    /// The random bits of this data dir's instance: kept, unless they are missing, damaged or <paramref name="renew"/>. Throws
    /// <see cref="FormatVersionException"/> when a newer collector has written them.
    /// </summary>
    public uint Instance(bool renew)
    {
        if (ReadInstance() is { } known && !renew)
        {
            return known;
        }

        var instance = Numbering.NewInstance();
        Span<byte> bytes = stackalloc byte[InstanceLength];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[sizeof(ushort)..], instance);
        _root.Replace(InstanceName, bytes);
        return instance;
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>
    /// Removes the permissions of group and others (contract §2: 0700), because kubelet creates the directory of a hostPath with
    /// 0755. Not if other files are in it, so that a path that was meant for more (/var/lib) stays unchanged; nor if another user
    /// owns it, who has then decided who may write here.
    /// </summary>
    [SuppressMessage("Interoperability", "CA1416:Validate platform compatibility", Justification = "The collector runs on Linux.")]
    private static void CloseToOthers(FileSystemDirectory root)
    {
        var mode = File.GetUnixFileMode(root.Location);
        if ((mode & OfOthers) == UnixFileMode.None || root.ListDirectories().Concat(root.ListFiles()).Except(Known, StringComparer.Ordinal).Any())
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(root.Location, mode & ~OfOthers);
        }
        catch (UnauthorizedAccessException)
        {
            // It belongs to another user: a write that is not allowed will fail later.
        }
    }

    private uint? ReadInstance()
    {
        if (!_root.ListFiles().Contains(InstanceName))
        {
            return null;
        }

        using var file = _root.Open(InstanceName);
        Span<byte> bytes = stackalloc byte[InstanceLength];
        var length = file.Read(bytes, 0);
        if (length >= sizeof(ushort))
        {
            FormatVersionException.ThrowIfUnknown(BinaryPrimitives.ReadUInt16LittleEndian(bytes), $"{_root.Location}/{InstanceName}", Version, Version);
        }

        return length == InstanceLength && BinaryPrimitives.ReadUInt16LittleEndian(bytes) == Version
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(ushort)..])
            : null;
    }

    /// <summary>The file stays empty: on a full disk not even a process id could be written, and the backlog has to drain.</summary>
    private static FileStream Hold(string path)
    {
        try
        {
            // On Linux the runtime takes flock(LOCK_EX | LOCK_NB) for FileShare.None.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new DataDirException($"dataDir {Path.GetDirectoryName(path)} is in use by another collector ({path}); stop that collector, or give this one another dataDir", e);
        }
    }
}
