namespace Collector.Pipeline.Buffer.Format;

/// <summary>The data dir was written by a newer collector: nothing is touched, the process ends with exit code 3.</summary>
public sealed class FormatVersionException : Exception
{
    private FormatVersionException(string message)
        : base(message)
    {
    }

    internal static void ThrowIfNewer(ushort version, string file)
    {
        if (version > Envelope.Version)
        {
            throw new FormatVersionException(
                $"{file} has format version {version}, this collector knows up to {Envelope.Version}; run the newer collector again, or give this one another dataDir");
        }
    }
}
