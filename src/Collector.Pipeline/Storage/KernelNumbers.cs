using System.Runtime.InteropServices;

namespace Collector.Pipeline.Storage;

/// <summary>
/// Numbers of Linux that differ between architectures: flags of <c>open</c> (asm/fcntl.h) and of system calls that the C library
/// may lack (asm/unistd.h). The constants are the same on all supported architectures.
/// </summary>
internal sealed record KernelNumbers(int Directory, int NoFollow, int ListDirectory)
{
    public const int Path = 0x200000;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int NoTerminal = 0x100;

    /// <summary>openat2(2), since Linux 5.6.</summary>
    public const int OpenAt2 = 437;

    public static KernelNumbers Here { get; } = Of(RuntimeInformation.ProcessArchitecture);

    public static KernelNumbers Of(Architecture architecture) => architecture switch
    {
        Architecture.X64 => new KernelNumbers(Directory: 0x10000, NoFollow: 0x20000, ListDirectory: 217),
        Architecture.Arm64 => new KernelNumbers(Directory: 0x4000, NoFollow: 0x8000, ListDirectory: 61),
        _ => throw new PlatformNotSupportedException($"Files are opened on x64 and arm64 only, not on {architecture}."),
    };
}
