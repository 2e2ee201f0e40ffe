using Collector.Pipeline.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector convert --positions</c>: what is read, and what cannot be.</summary>
public sealed class ConvertPositionsTests : IDisposable
{
    private const string Table = "CREATE TABLE in_tail_files (id INTEGER PRIMARY KEY, name TEXT NOT NULL, offset INTEGER, inode INTEGER, created INTEGER, rotated INTEGER DEFAULT 0);";
    private const string Row = "INSERT INTO in_tail_files (name, offset, inode, created) VALUES ('/var/log/app.log', 5000000000, 7, 1700000000);";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("collector-positions-");

    static ConvertPositionsTests() => SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());

    private string DataDir => Path.Combine(directory.FullName, "data");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task A_database_and_a_position_file_are_given_to_the_first_start()
    {
        Directory.CreateDirectory(DataDir);
        using (Open("a.db", Table, Row))
        {
        }

        using (Open("b.db", Table, Row))
        {
        }

        Assert.Equal((0, $"2 positions are in {DataDir}: the first start there begins where fluent-bit stopped\n", ""), await TakeOverAsync("fluent-bit", "a.db", "b.db"));
        var pos = await WriteAsync("x.pos", "/var/log/a.log\t00000000000000ff\t0000000000000007\n/var/log/gone.log\tffffffffffffffff\t0000000000000008\n/var/log/new.log\t0000000000000000\t0000000000000000\n");
        Assert.Equal((0, $"1 positions are in {DataDir}: the first start there begins where fluentd stopped\n", ""), await TakeOverAsync("fluentd", pos));
    }

    /// <summary>Of an agent that was killed: what it wrote last is in the log beside the database.</summary>
    [Fact]
    public async Task What_is_in_the_write_ahead_log_counts()
    {
        Directory.CreateDirectory(DataDir);
        using var open = Open("a.db", "PRAGMA journal_mode=WAL;", Table, Row);
        Assert.True(File.Exists(Path.Combine(directory.FullName, "a.db-wal")));

        Assert.StartsWith("1 positions", (await TakeOverAsync("fluent-bit", "a.db")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_place_of_the_file_is_told()
    {
        Directory.CreateDirectory(Path.Combine(directory.FullName, "a.db"));

        Assert.Equal((1, "", $"{Path.Combine(directory.FullName, "a.db")}: it is a directory, so nothing is taken over; give the file in which fluent-bit keeps its positions\n"), await TakeOverAsync("fluent-bit", "a.db"));
        Assert.False(Directory.Exists(DataDir));
    }

    [Fact]
    public async Task A_relative_data_dir_is_refused()
    {
        var (code, _, error) = await Converted.RunAsync("convert", "--from", "fluent-bit", "--positions", Path.Combine(directory.FullName, "a.db"), "--data-dir", "relative");

        Assert.Equal(2, code);
        Assert.Contains("--data-dir relative is not an absolute path", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_locked_is_told()
    {
        using var open = Open("a.db", Table, Row, "BEGIN EXCLUSIVE;");

        Assert.Equal((1, "", $"{Path.Combine(directory.FullName, "a.db")}: the database is locked by another process; stop fluent-bit on this node first\n"), await TakeOverAsync("fluent-bit", "a.db"));
        Assert.False(Directory.Exists(DataDir));
    }

    [Fact]
    public async Task A_database_without_the_table_and_one_with_another_are_told()
    {
        using (Open("a.db", "CREATE TABLE other (id INTEGER);"))
        {
        }

        using (Open("b.db", "CREATE TABLE in_tail_files (name TEXT, inode TEXT);"))
        {
        }

        using (Open("c.db", Table, "INSERT INTO in_tail_files (name, offset, inode) VALUES ('/a', NULL, NULL);"))
        {
        }

        foreach (var file in (string[])["a.db", "b.db", "c.db"])
        {
            var (code, output, error) = await TakeOverAsync("fluent-bit", file);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains("in_tail_files", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("fluent-bit", "no database at all, but a text that is long enough to be one", "the file is not a SQLite database")]
    [InlineData("fluentd", "/var/log/a.log 5 7\n", "line 1: the line is not one of a position file")]
    [InlineData("fluentd", "/a\t0000000000000000\t0000000000000001\n/b\tzz\t01\n", "line 2: the line is not one of a position file")]
    public async Task What_holds_no_positions_is_told_and_nothing_is_written(string agent, string text, string words)
    {
        var (code, output, error) = await TakeOverAsync(agent, await WriteAsync("positions", text));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataDir));
    }

    /// <summary>On a node where the other agent never ran, the init container is not in the way.</summary>
    [Fact]
    public async Task Where_there_are_no_positions_nothing_is_taken_over()
    {
        var (code, output, error) = await TakeOverAsync("fluent-bit", "missing.db");

        Assert.Equal((0, ""), (code, output));
        Assert.Contains("missing.db does not exist", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataDir));
    }

    /// <summary>An empty file would mark the hand-over as done, and the positions that are written next would be refused.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("/var/log/gone.log\tffffffffffffffff\t0000000000000008\n")]
    public async Task A_file_that_holds_no_positions_gives_none(string text)
    {
        var pos = await WriteAsync("x.pos", text);

        var (code, output, error) = await TakeOverAsync("fluentd", pos);

        Assert.Equal((0, ""), (code, output));
        Assert.Contains("x.pos holds no positions", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataDir));
    }

    [Fact]
    public async Task A_data_dir_that_was_used_is_refused_by_name()
    {
        Directory.CreateDirectory(DataDir);
        FileSystemDirectory.Open(DataDir).OpenDirectory("outputs").OpenDirectory("default");
        var pos = await WriteAsync("x.pos", "/var/log/a.log\t00000000000000ff\t0000000000000007\n");

        var (code, output, error) = await TakeOverAsync("fluentd", pos);

        Assert.Equal((3, ""), (code, output));
        Assert.Contains($"dataDir {DataDir} was used by a collector before", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_dir_that_a_collector_holds_is_told()
    {
        Directory.CreateDirectory(DataDir);
        using var held = new FileStream(Path.Combine(DataDir, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var pos = await WriteAsync("x.pos", "/var/log/a.log\t00000000000000ff\t0000000000000007\n");

        var (code, _, error) = await TakeOverAsync("fluentd", pos);

        Assert.Equal(3, code);
        Assert.Contains("is in use by another collector", error, StringComparison.Ordinal);
    }

    private SqliteConnection Open(string name, params string[] statements)
    {
        var database = new SqliteConnection($"Data Source={Path.Combine(directory.FullName, name)};Pooling=False");
        database.Open();
        foreach (var statement in statements)
        {
            using var command = database.CreateCommand();
#pragma warning disable CA2100 // The statements are this file's own.
            command.CommandText = statement;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }

        return database;
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), text);
        return name;
    }

    private async Task<(int Code, string Output, string Error)> TakeOverAsync(string agent, params string[] files) =>
        await Converted.RunAsync(["convert", "--from", agent, .. files.SelectMany(f => (string[])["--positions", Path.Combine(directory.FullName, f)]), "--data-dir", DataDir]);
}
