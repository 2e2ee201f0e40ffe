namespace Collector.Commands;

/// <summary>The exit codes of contract §1.</summary>
public static class ExitCode
{
    /// <summary>All done; also after SIGTERM, when the rest is durable on disk.</summary>
    public const int Done = 0;

    /// <summary>Delivery is incomplete (<c>--once</c>), validation failed, or standard output could not be written.</summary>
    public const int Incomplete = 1;

    /// <summary>Wrong use of the command line.</summary>
    public const int WrongUse = 2;

    /// <summary>The data dir is read-only, another collector holds it, or it was deleted during the run.</summary>
    public const int DataDirUnusable = 3;

    /// <summary>A loop died, or hung when the time for a shutdown was over; the log says which and why.</summary>
    public const int Fatal = 4;

    /// <summary>Reading back: the store refused, or does not answer.</summary>
    public const int StoreRefused = 5;

    /// <summary>A signal ended a command that leaves no partial result; the number is the shells' convention.</summary>
    public const int Interrupted = 130;
}
