namespace Collector.Pipeline.Records;

/// <summary>How records are written into an object (contract §3).</summary>
public enum ObjectFormat
{
    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>The original line, verbatim.</summary>
    Text,
}

/// <summary>How the body of an object is compressed.</summary>
public enum Compression
{
    None,
    Gzip,
    Zstd,
    Snappy,
    Zlib,
}
