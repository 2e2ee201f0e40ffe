using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Sources.Files;

/// <summary>The type of file that a name leads to.</summary>
internal enum FileKind
{
    Regular,
    Directory,
    Link,

    /// <summary>FIFO, socket, device: never read.</summary>
    Special,
}

/// <summary>Identifies a file during its lifetime, whatever its names are.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);

/// <summary>Identifies a file for good, where the file system has birth times: the number of a deleted one is used again.</summary>
internal readonly record struct FileBirth(FileIdentity File, long Time);

/// <summary>The kernel's status of a file. Times are Unix nanoseconds; <see cref="BirthTime"/> is 0 where there is none.</summary>
internal readonly record struct FileStatus(
    FileKind Kind, ulong Device, ulong Inode, long Size, uint Links, long ModificationTime, long BirthTime)
{
    /// <summary>When its content, its links or its permissions changed last: nobody can set it to another time.</summary>
    public long ChangeTime { get; init; }

    private const int KindMask = 0xF000;
    private const int RegularMode = 0x8000;
    private const int DirectoryMode = 0x4000;
    private const int LinkMode = 0xA000;
    private const uint HasBirthTime = 0x800;
    private const int MinorBits = 32;

    /// <summary>Identifies the file.</summary>
    public FileIdentity Identity => new(Device, Inode);

    /// <summary>Identifies it for good.</summary>
    public FileBirth Birth => new(Identity, BirthTime);

    public static FileStatus From(in LinuxCalls.StatusBuffer raw) => new(
        (raw.Mode & KindMask) switch
        {
            RegularMode => FileKind.Regular,
            DirectoryMode => FileKind.Directory,
            LinkMode => FileKind.Link,
            _ => FileKind.Special,
        },
        ((ulong)raw.DeviceMajor << MinorBits) | raw.DeviceMinor,
        raw.Inode,
        (long)raw.Size,
        raw.Links,
        raw.ModificationTime.UnixNanoseconds,
        (raw.Mask & HasBirthTime) != 0 ? raw.BirthTime.UnixNanoseconds : 0)
    {
        ChangeTime = raw.ChangeTime.UnixNanoseconds,
    };
}
