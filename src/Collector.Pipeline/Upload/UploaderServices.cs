using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Upload;

/// <summary>Whether coverage was given back.</summary>
internal enum UncoverResult
{
    Uncovered,

    /// <summary>The sources do not hold all of it any more.</summary>
    Gone,

    /// <summary>Nobody reads now, so nobody knows: to be asked again, after a restart if need be.</summary>
    NotNow,
}

/// <summary>What the uploader asks of the tail, whose thread does it.</summary>
/// <param name="TryUncover">
/// Gives coverage back so that the sources are read again. The action deletes what holds the records now; it is run when the
/// coverage was given back and before anything is read, so that no crash finds the records in both places. It may throw
/// <see cref="Buffer.Storage.StorageException"/>, which is kept from the tail: the uploader runs it once more.
/// </param>
internal sealed record UploaderServices(Func<CoverageMap, Action, Task<UncoverResult>> TryUncover);
