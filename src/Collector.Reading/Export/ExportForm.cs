namespace Collector.Reading.Export;

/// <summary>What is exported to; the names are those of the files' ends.</summary>
public enum ExportForm
{
    /// <summary>Records as they are stored, one JSON object a line.</summary>
    Jsonl,

    /// <summary>Apache Parquet: <see cref="RecordTable"/>'s columns, zstd.</summary>
    Parquet,
}
