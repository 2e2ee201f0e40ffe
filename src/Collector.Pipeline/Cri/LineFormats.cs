namespace Collector.Pipeline.Cri;

/// <summary>How a container runtime writes its log lines.</summary>
public enum LineFormat : byte
{
    /// <summary>containerd, CRI-O: <see cref="CriLine"/>.</summary>
    Cri = 0,

    /// <summary>Docker's json-file driver: <see cref="DockerLine"/>.</summary>
    DockerJson = 1,
}

/// <summary>Tells the format of a log file from its start.</summary>
public static class LineFormats
{
    /// <summary>
    /// A file is written by one runtime, and a CRI line begins with a digit, so the first byte of a generation decides.
    /// Ask when there is one: an empty <paramref name="start"/> says nothing and gives <see cref="LineFormat.Cri"/>.
    /// </summary>
    public static LineFormat Sniff(ReadOnlySpan<byte> start) =>
        start.StartsWith((byte)'{') ? LineFormat.DockerJson : LineFormat.Cri;
}
