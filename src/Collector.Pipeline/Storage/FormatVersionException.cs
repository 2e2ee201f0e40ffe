namespace Collector.Pipeline.Storage;

/// <summary>
/// The data dir has a version that this collector does not support: nothing is changed, the process ends with exit code 3.
/// </summary>
public sealed class FormatVersionException : Exception
{
    private FormatVersionException(string message)
        : base(message)
    {
    }

    /// <summary>Throws unless the version is supported.</summary>
    /// <param name="version">The version in the file.</param>
    /// <param name="file">Its whole path.</param>
    /// <param name="oldest">The oldest version that is read.</param>
    /// <param name="newest">The one that is written.</param>
    internal static void ThrowIfUnknown(ushort version, string file, ushort oldest = Envelope.OldestVersion, ushort newest = Envelope.Version)
    {
        if (version > newest)
        {
            throw new FormatVersionException(
                $"{file} has format version {version}, but this collector knows versions up to {newest}; run the newer collector again, or give this one another dataDir");
        }

        if (version < oldest)
        {
            throw new FormatVersionException(
                $"{file} has format version {version}, which was never released, and this collector reads {oldest} to {newest}; empty the directory {Path.GetDirectoryName(file)} (the logs that the node still holds are read again), or give the collector another dataDir");
        }
    }
}
