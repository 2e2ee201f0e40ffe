namespace Collector.Pipeline.Records;

/// <summary>What the records of an output look like.</summary>
public enum ObjectFormat : byte
{
    /// <summary>One JSON object a line (contract §3).</summary>
    Json = 0,

    /// <summary>The original line, verbatim.</summary>
    Text = 1,
}

/// <summary>How the body of an object is compressed. The numbers are part of FORMAT.md.</summary>
public enum Compression : byte
{
    None = 0,
    Gzip = 1,
    Zstd = 2,
    Snappy = 3,
    Zlib = 4,
}
