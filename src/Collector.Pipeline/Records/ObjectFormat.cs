namespace Collector.Pipeline.Records;

/// <summary>The content of an output's objects (contract §2, <c>format</c>).</summary>
public enum ObjectFormat : byte
{
    /// <summary>One JSON object a line: <see cref="RecordEncoder"/>.</summary>
    Json = 0,

    /// <summary>The original lines, verbatim.</summary>
    Text = 1,
}

/// <summary>How an object's body is compressed (contract §2, <c>compression</c>).</summary>
public enum Compression : byte
{
    None = 0,
    Gzip = 1,
    Zstd = 2,
    Snappy = 3,
    Zlib = 4,
}
