using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Upload;

/// <summary>Whether coverage was given back.</summary>
internal enum UncoverResult
{
    Uncovered,

    /// <summary>The sources do not hold all of it any more.</summary>
    Gone,

    /// <summary>
    /// The tail does not read now, so the answer is unknown, or the disk refuses it: to be asked again, maybe after a restart.
    /// </summary>
    NotNow,
}

/// <summary>The uploader's requests to the tail, which its thread carries out.</summary>
/// <param name="TryUncover">Gives coverage back so that the sources are read again. The action gives up the old holder of the
/// records, durably; it runs when the sources are known to have all of them and before anything is read, so that no crash finds the
/// records in both places. When it throws <see cref="Storage.StorageException"/>, nothing is given back:
/// <see cref="UncoverResult.NotNow"/>.</param>
internal sealed record UploaderServices(Func<CoverageMap, Action, Task<UncoverResult>> TryUncover);
