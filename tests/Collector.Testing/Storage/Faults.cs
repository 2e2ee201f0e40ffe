namespace Collector.Testing.Storage;

/// <summary>What happens at a planned operation of a <see cref="SimulatedDisk"/>.</summary>
public enum DiskFault
{
    None,

    /// <summary>The process dies; the operation did not happen.</summary>
    CrashBefore,

    /// <summary>The process dies inside a write of which a prefix happened; as <see cref="CrashBefore"/> for all that is no write.</summary>
    CrashInside,

    /// <summary>The process dies; the operation happened, but nobody was told.</summary>
    CrashAfter,

    /// <summary>Full; nothing happened.</summary>
    NoSpace,

    /// <summary>An input/output error; nothing happened. On a file's sync: what was unsynced is on the disk in part, and never gets there unless it is written again.</summary>
    Io,

    /// <summary>A prefix of the write happened, then the disk was full.</summary>
    ShortWriteNoSpace,

    /// <summary>A prefix of the write happened, then an input/output error.</summary>
    ShortWriteIo,
}

/// <summary>What a <see cref="SimulatedDisk.Restart"/> finds.</summary>
public enum LossMode
{
    /// <summary>Only the process died: the page cache survives, as after kill -9, and is still unsynced.</summary>
    ProcessCrash,

    /// <summary>Whatever was not synced is lost, kept or torn, as the seed has it.</summary>
    PowerLoss,
}

/// <summary>The simulated process is dead. No storage error, so that nothing handles it as one.</summary>
public sealed class SimulatedCrashException(string message) : Exception(message);
