using DuckDB.NET.Data;

namespace Collector.EndToEnd.Harness;

/// <summary>DuckDB, in this process: a reader of Parquet and of gzipped JSON lines that nobody here wrote.</summary>
internal static class Duck
{
    /// <summary>The rows of the last statement, by column.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, object?>> Rows(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        List<IReadOnlyDictionary<string, object?>> rows = [];
        do
        {
            rows.Clear();
            while (reader.Read())
                rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.Ordinal));
        }
        while (reader.NextResult());
        return rows;
    }
}
