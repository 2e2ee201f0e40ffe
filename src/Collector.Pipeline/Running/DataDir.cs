using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>The data dir cannot be used: held by another collector, read-only, or not to be created. Exit code 3.</summary>
public sealed class DataDirException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The data dir of one collector (I8): its lock, its instance bits, the directories of its outputs. The lock is the kernel's
/// and goes with the process. Disposing gives it back.
/// </summary>
internal sealed class DataDir : IDisposable
{
    private const string LockName = "lock";
    private const string InstanceName = "instance";
    private const string OutputsName = "outputs";
    private const string UnwantedName = "unwanted";

    /// <summary>Of the file <c>instance</c> alone.</summary>
    private const ushort Version = 1;
    private const int InstanceLength = sizeof(ushort) + sizeof(uint);

    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>EWOULDBLOCK, which the runtime keeps in the exception.</summary>
    private const int WouldBlock = 11;

    /// <summary>All that a collector keeps in it, the pod cache too; and what a file system of its own brings.</summary>
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

    /// <summary>Neither root without its capabilities nor another user may write what uid 10001 has made, and the other way round.</summary>
    private static string AdviceFor(Exception e) => e is UnauthorizedAccessException
        ? "it belongs to another user, as after a change of nonRoot; give it to this one (the chart does with prepareDataDir: true, else chown -R), or make it a writable directory of its own"
        : "make it a writable directory of its own";

    /// <summary>Names of the outputs that have a directory here, configured or not.</summary>
    public IReadOnlyList<string> Outputs => _outputs.ListDirectories();

    public IStorageDirectory Output(string name) => _outputs.OpenDirectory(name);

    /// <summary>The directory itself.</summary>
    public IStorageDirectory Root => _root;

    /// <summary>For the positions of what no output wants.</summary>
    public IStorageDirectory Unwanted => _root.OpenDirectory(UnwantedName);

    /// <summary>Removes everything of an output, its positions too.</summary>
    public static void Empty(IStorageDirectory output)
    {
        foreach (var name in output.ListFiles())
        {
            output.Delete(name);
        }

        output.Sync();
    }

    /// <summary>
    /// The random bits of this life of the data dir: kept, unless they are missing, damaged or <paramref name="renew"/>. Throws
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
    /// Takes the permissions of group and others away (contract §2: 0700): kubelet makes the directory of a hostPath 0755. Not where
    /// something else is in it, so that a path that was meant for more (/var/lib) stays what it is; nor where another user owns it,
    /// who has then said who may write here.
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
            // Another user's: what cannot be written here shows when it is.
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
            throw new DataDirException($"dataDir {Path.GetDirectoryName(path)} is held by another collector ({path}); stop it, or give this one another dataDir", e);
        }
    }
}
