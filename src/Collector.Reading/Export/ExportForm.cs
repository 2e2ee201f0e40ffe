namespace Collector.Reading.Export;

/// <summary>The file format of an export; the names are the files' extensions.</summary>
public enum ExportForm
{
    /// <summary>Records as they are stored, one JSON object a line.</summary>
    Jsonl,

    /// <summary>Apache Parquet: <see cref="RecordTable"/>'s columns, zstd.</summary>
    Parquet,
}
