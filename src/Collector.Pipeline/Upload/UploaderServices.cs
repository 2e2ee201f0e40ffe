using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Upload;

/// <summary>Whether coverage was given back.</summary>
internal enum UncoverResult
{
    Uncovered,

    /// <summary>The sources do not hold all of it any more.</summary>
    Gone,

    /// <summary>Nobody reads now, so nobody knows, or the disk does not take it: to be asked again, after a restart if need be.</summary>
    NotNow,
}

/// <summary>What the uploader asks of the tail, whose thread does it.</summary>
/// <param name="TryUncover">
/// Gives coverage back so that the sources are read again. The action gives up what holds the records now, durably; it is run
/// when the sources are known to hold all of it and before anything is read, so that no crash finds the records in both places.
/// When it throws <see cref="Storage.StorageException"/>, nothing is given back: <see cref="UncoverResult.NotNow"/>.
/// </param>
internal sealed record UploaderServices(Func<CoverageMap, Action, Task<UncoverResult>> TryUncover);
