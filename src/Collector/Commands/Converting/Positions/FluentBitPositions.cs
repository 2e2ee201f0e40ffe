using Collector.Pipeline.Positions;
using Microsoft.Data.Sqlite;

namespace Collector.Commands.Converting.Positions;

/// <summary>The positions of fluent-bit's input <c>tail</c>, in the SQLite database that its key <c>DB</c> names.</summary>
internal static class FluentBitPositions
{
    /// <summary>Another process may be in the middle of a write; one that holds a lock for longer holds it for good (<c>DB.locking</c>).</summary>
    private const int SecondsForALock = 2;

    static FluentBitPositions() => SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());

    /// <summary>Throws <see cref="ConvertException"/>.</summary>
    public static IReadOnlyList<HandedPosition> Read(string file)
    {
        try
        {
            var settings = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = SecondsForALock };
            using var database = new SqliteConnection(settings.ToString());
            database.Open();
            using var query = database.CreateCommand();
            query.CommandText = "SELECT name, inode, offset, created FROM in_tail_files";
            using var rows = query.ExecuteReader();
            var positions = new List<HandedPosition>();
            while (rows.Read())
                positions.Add(new HandedPosition(rows.GetString(0), unchecked((ulong)rows.GetInt64(1)), rows.GetInt64(2), rows.IsDBNull(3) ? 0 : rows.GetInt64(3)));
            return positions;
        }
        catch (SqliteException e)
        {
            throw new ConvertException(file, WhyNot(e));
        }
        catch (Exception e) when (e is InvalidCastException or InvalidOperationException)
        {
            throw new ConvertException(file, "its table in_tail_files has other columns than fluent-bit's; give the file that the key DB of the input tail names");
        }
    }

    private static string WhyNot(SqliteException error) => error.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => "the database is locked by another process; stop fluent-bit on this node first",
        SQLitePCL.raw.SQLITE_NOTADB => "the file is not a SQLite database; give the file that the key DB of the input tail names",
        SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY => $"it cannot be opened ({error.Message}); where it has a write-ahead log beside it (-wal), its directory has to be writable: mount it without readOnly",
        _ when error.Message.Contains("no such", StringComparison.Ordinal) => "it has no table in_tail_files of fluent-bit's; give the file that the key DB of the input tail names",
        _ => $"it cannot be read: {error.Message}",
    };
}
