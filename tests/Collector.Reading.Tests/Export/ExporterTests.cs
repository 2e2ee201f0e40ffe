using System.Text;
using System.Text.Json.Nodes;
using Collector.Reading.Export;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Collector.Testing.Time;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Collector.Reading.Tests.Export;

/// <summary>From lines to files. Parquet is read here by the library that wrote it; <c>EndToEnd.Reading.ExportTests</c> has DuckDB read it.</summary>
public sealed class ExporterTests : IDisposable
{
    private static readonly DateTimeOffset Start = Objects.Start;
    private static readonly ContainerName Cart = new("shop", "cart-1", "app");

    private readonly string _root = Directory.CreateTempSubdirectory("collector-export-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Files => Path.Combine(_root, "files");

    /// <summary>Names come from keys, which whoever may write to the store can make.</summary>
    [Theory]
    [InlineData("..", "..", "..")]
    [InlineData("../..", "/etc", "a/../../b")]
    [InlineData(".hidden", "a\0b", "c\nd")]
    [InlineData("", "", "")]
    [InlineData("shop", "Ünïcödé", "\\..\\x")]
    public async Task No_name_leaves_the_directory(string space, string pod, string container)
    {
        await ExportAsync(ExportForm.Jsonl, [(new ContainerName(space, pod, container), await LinesAsync(Objects.Record(Start, "a line")))]);

        var file = Assert.Single(Directory.GetFileSystemEntries(_root, "*", SearchOption.AllDirectories), File.Exists);
        Assert.StartsWith(Files + "/", Path.GetFullPath(file), StringComparison.Ordinal);
        Assert.Matches(@"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_-][A-Za-z0-9_.-]*\.2026-11-20\.jsonl$", Path.GetRelativePath(Files, file));
    }

    [Fact]
    public async Task Names_that_look_the_same_without_what_is_left_out_are_files_of_their_own()
    {
        var longName = new string('x', 300);
        var lines = await LinesAsync(Objects.Record(Start, "a line"));
        await ExportAsync(ExportForm.Jsonl, [.. new[] { "a/b", "a_b", "a:b", longName, longName + "y" }.Select(name => (Cart with { Pod = name }, lines))]);

        Assert.Equal(5, Names().Count);
    }

    [Fact]
    public async Task Days_are_of_UTC_and_a_clock_that_goes_back_over_midnight_makes_no_third_file()
    {
        var midnight = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        var lines = await LinesAsync([.. Enumerable.Range(0, 20).Select(i => Objects.Record(midnight.AddSeconds(i % 2 == 0 ? -1 : 1), $"{i}"))]);
        await ExportAsync(ExportForm.Jsonl, [(Cart, lines)]);

        Assert.Equal(["shop/cart-1/app.2026-11-20.jsonl", "shop/cart-1/app.2026-11-21.jsonl"], Names());
        Assert.Equal(lines.Where((_, i) => i % 2 == 0).Select(Stored), File.ReadAllLines(Path.Combine(Files, Names()[0])));
        Assert.Equal(lines.Where((_, i) => i % 2 == 1).Select(Stored), File.ReadAllLines(Path.Combine(Files, Names()[1])));
    }

    /// <summary>As many files are open as may be; a day that was thought to be over goes on in a file that sorts behind it.</summary>
    [Fact]
    public async Task A_day_that_comes_again_after_many_others_goes_on_in_another_part()
    {
        var lines = await LinesAsync([.. Enumerable.Range(0, 40).Select(i => Objects.Record(Start.AddDays(-(i % 20)), $"{i}"))]);
        await ExportAsync(ExportForm.Jsonl, [(Cart, lines)]);

        Assert.Equal(40, Names().Count);
        Assert.Equal(["shop/cart-1/app.2026-11-20.jsonl", "shop/cart-1/app.2026-11-20_002.jsonl"], Names().TakeLast(2));
        Assert.Equal(lines.Where((_, i) => i % 20 == 0).Select(Stored), Names().TakeLast(2).SelectMany(name => File.ReadAllLines(Path.Combine(Files, name))));
    }

    [Fact]
    public async Task A_file_has_its_name_only_when_it_is_whole()
    {
        var lines = await LinesAsync(Objects.Record(Start, "a line"));
        await using (var exporter = new Exporter(Files, ExportForm.Parquet, overwrites: false))
        {
            await exporter.AddAsync(0, Cart, lines[0], CancellationToken.None);
            Assert.Equal(["shop/cart-1/app.2026-11-20.parquet.tmp"], Names());
            await exporter.AddAsync(1, Cart with { Pod = "cart-2" }, lines[0], CancellationToken.None);
            Assert.Equal(["shop/cart-1/app.2026-11-20.parquet", "shop/cart-2/app.2026-11-20.parquet.tmp"], Names());
            Assert.Equal((1, 1), (exporter.Files, exporter.WholeLines));
        }

        Assert.Equal(["shop/cart-1/app.2026-11-20.parquet"], Names());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_there_is_not_replaced_unless_it_is_asked_for(bool comesLate)
    {
        var lines = await LinesAsync(Objects.Record(Start, "a line"));
        var file = Path.Combine(Files, "shop/cart-1/app.2026-11-20.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!comesLate)
            await File.WriteAllTextAsync(file, "mine");

        var refused = await Assert.ThrowsAsync<ExportException>(async () =>
        {
            await using var exporter = new Exporter(Files, ExportForm.Jsonl, overwrites: false);
            await exporter.AddAsync(0, Cart, lines[0], CancellationToken.None);
            await File.WriteAllTextAsync(file, "mine");
            await exporter.FinishAsync(CancellationToken.None);
        });

        Assert.True(refused.IsRefusal);
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Equal(["shop/cart-1/app.2026-11-20.jsonl"], Names());
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Another_export_into_the_same_file_is_told()
    {
        var lines = await LinesAsync(Objects.Record(Start, "a line"));
        await using var first = new Exporter(Files, ExportForm.Jsonl, overwrites: true);
        await first.AddAsync(0, Cart, lines[0], CancellationToken.None);
        await using var second = new Exporter(Files, ExportForm.Jsonl, overwrites: true);

        var told = await Assert.ThrowsAsync<ExportException>(() => second.AddAsync(0, Cart, lines[0], CancellationToken.None));
        Assert.False(told.IsRefusal);

        await first.FinishAsync(CancellationToken.None);
        Assert.Equal([Stored(lines[0])], File.ReadAllLines(Path.Combine(Files, Names().Single())));
    }

    /// <summary>Whatever a record is, nothing of it is lost, and no row passes a value on to the next.</summary>
    [Fact]
    public async Task Every_record_is_a_row_and_what_has_no_column_is_in_rest()
    {
        const string Pod = "\"kubernetes\":{\"namespace_name\":\"shop\",\"pod_name\":\"cart-1\",\"container_name\":\"app\"";
        string[] stored =
        [
            Objects.Record(Start, "plain"),
            Objects.Record(Start, "plain"),
            $$$"""{"time":"2026-11-20T10:00:00+02:00","stream":5,"log":"typed otherwise","truncated":"yes","partial":true,"redacted":3,{{{Pod}}},"restart_count":"two","labels":{"app":"cart","a":"\u00e9"},"odd":[1,2]}}""",
            $$$"""{"log":"labels again","a\u0062":{"c":null},{{{Pod}}},"restart_count":"two","labels":{"app":"cart","a":"\u00e9"},"odd":[1,2]}}""",
            """{"log":"without","log_type":"audit","fields":{"level":"info"},"kubernetes":null,"own":"x"}""",
            """{"date":1732000000.5,"log":"of fluent-bit\n","stream":"stdout","redacted":99999999999}""",
            """{"log":"escaped \" and \u0000 and \ud83d\ude00","file":"/var/log/a.log","source":"s","metadata_missing":true,"time_unparsed":false}""",
            """{"log":"no text: \ud800"}""",
            "{ no json",
            "no object",
            "",
        ];
        var lines = await LinesAsync(stored);
        await ExportAsync(ExportForm.Parquet, [(Cart, lines)]);

        var records = (await Task.WhenAll(Names().Select(name => RecordsAsync(Path.Combine(Files, name))))).SelectMany(all => all).ToList();
        Assert.Equal(stored.Length, records.Count);
        var expected = stored.Select(line => line.StartsWith('{') && !line.StartsWith("{ no", StringComparison.Ordinal) && !line.Contains("ud800", StringComparison.Ordinal)
            ? JsonNode.Parse(line)! : new JsonObject { ["log"] = line, ["kubernetes"] = new JsonObject { ["namespace_name"] = "shop", ["pod_name"] = "cart-1", ["container_name"] = "app" } });
        Assert.All(expected, record => Assert.Contains(records, one => JsonNode.DeepEquals(one, record)));
        Assert.Equal(2, records.Count(one => (string?)one["log"] == "plain"));
    }

    [Fact]
    public async Task A_large_file_is_written_in_row_groups_so_that_memory_is_bounded()
    {
        var random = new Random(1);
        var bytes = new byte[1000];
        var lines = await LinesAsync([.. Enumerable.Range(0, 20_000).Select(i =>
        {
            random.NextBytes(bytes);
            return Objects.Record(Start.AddMilliseconds(i), $"{i} {Convert.ToHexString(bytes)}");
        })]);
        await ExportAsync(ExportForm.Parquet, [(Cart, lines)]);

        await using var reader = await ParquetReader.CreateAsync(Path.Combine(Files, Names().Single()));
        Assert.InRange(reader.RowGroupCount, 8, 16);
        var records = await RecordsAsync(Path.Combine(Files, Names().Single()));
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i}"), records.Select(one => ((string)one["log"]!).Split(' ')[0]));
    }

    /// <summary>A prefix of many containers: each has its files, though no more are open at once than a pass has containers.</summary>
    [Theory]
    [InlineData(9)]
    [InlineData(250)]
    public async Task Where_a_prefix_mixes_containers_each_has_a_file_of_its_own(int pods)
    {
        Assert.True(KeyLayout.TryParse("all/", "", out var layout, out _));
        var store = new MemoryStore();
        for (var number = 0; number < 2; number++)
            store.Put($"all/{Objects.Key("a", "b", "c", Start, $"node-{number}").Split('/')[^1]}", Objects.Body([.. Enumerable.Range(0, pods * 3).Select(i => Objects.Record(Start.AddSeconds(i), $"{i / pods}", pod: $"cart-{number}-{i % pods}")), "no record"]));
        await using var logs = new LogReader(store, layout, new ManualClock());
        var question = new Question { Lives = Lives.All };
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        await using (var exporter = new Exporter(Files, ExportForm.Jsonl, overwrites: false))
        {
            await foreach (var (pass, container, line) in logs.ReadByContainerAsync(plan, question, LineSearch.Everything, CancellationToken.None))
                await exporter.AddAsync(pass, container, line, CancellationToken.None);
            await exporter.FinishAsync(CancellationToken.None);
        }

        Assert.Equal((2 * pods) + 1, Names().Count);
        Assert.Equal(2, File.ReadAllLines(Path.Combine(Files, "all/all/all.2026-11-20.jsonl")).Length);
        foreach (var name in Names().Where(name => name.StartsWith("shop/", StringComparison.Ordinal)))
            Assert.Equal(["0", "1", "2"], File.ReadAllLines(Path.Combine(Files, name)).Select(line => (string)JsonNode.Parse(line)!["log"]!));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_told_with_its_own_remedy()
    {
        await using var exporter = new Exporter("/proc/none", ExportForm.Jsonl, overwrites: false);
        var lines = await LinesAsync(Objects.Record(Start, "a line"));

        var told = await Assert.ThrowsAsync<ExportException>(() => exporter.AddAsync(0, Cart, lines[0], CancellationToken.None));
        Assert.DoesNotContain("..", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("disk space", told.Message, StringComparison.Ordinal);
    }

    /// <summary>Containers one after the other, each once, though a store has thousands of them.</summary>
    [Fact]
    public async Task Containers_are_read_one_after_the_other_and_ahead_of_time()
    {
        var store = new MemoryStore();
        for (var pod = 0; pod < 50; pod++)
        {
            for (var number = 0; number < 3; number++)
                store.Put(Objects.Key("shop", $"cart-{pod:00}", "app", Start.AddMinutes((60 - pod) + number), chunk: number), Objects.Body(Objects.Record(Start.AddMinutes((60 - pod) + number), $"{number}", pod: $"cart-{pod:00}")));
        }

        await using var logs = new LogReader(store, Layout(), new ManualClock());
        var plan = await logs.PlanAsync(new Question(), lastOnly: false, CancellationToken.None);
        List<string> read = [];
        await foreach (var (_, container, line) in logs.ReadByContainerAsync(plan, new Question(), LineSearch.Everything, CancellationToken.None))
            read.Add($"{container.Pod} {Encoding.UTF8.GetString(line.Text)}");

        Assert.Equal(Enumerable.Range(0, 150).Select(i => $"cart-{i / 3:00} {i % 3}"), read);
        Assert.InRange(store.Requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal)), 150, 150 + 50);
    }

    private static KeyLayout Layout()
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        return layout;
    }

    private List<string> Names() => Directory.Exists(Files)
        ? [.. Directory.GetFiles(Files, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Files, file)).Order(StringComparer.Ordinal)]
        : [];

    private async Task ExportAsync(ExportForm form, IEnumerable<(ContainerName Container, IReadOnlyList<LogLine> Lines)> containers)
    {
        await using var exporter = new Exporter(Files, form, overwrites: false);
        foreach (var (pass, (container, lines)) in containers.Index())
        {
            foreach (var line in lines)
                await exporter.AddAsync(pass, container, line, CancellationToken.None);
        }

        await exporter.FinishAsync(CancellationToken.None);
    }

    /// <summary>Lines as they are read from an object of these.</summary>
    private static async Task<IReadOnlyList<LogLine>> LinesAsync(params string[] stored)
    {
        var store = new MemoryStore();
        store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(stored));
        await using var logs = new LogReader(store, Layout(), new ManualClock());
        var question = new Question { Lives = Lives.All };
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<LogLine> lines = [];
        await foreach (var line in logs.ReadAsync(plan, question, LineSearch.Everything with { KeepsRecords = true }, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private static string Stored(LogLine line) => Encoding.UTF8.GetString(line.Stored);

    /// <summary>The records that a file's rows are.</summary>
    private static async Task<List<JsonObject>> RecordsAsync(string file)
    {
        List<JsonObject> records = [];
        await using var reader = await ParquetReader.CreateAsync(file);
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            var group = reader.OpenRowGroupReader(i);
            var first = records.Count;
            records.AddRange(Enumerable.Range(0, (int)group.RowCount).Select(_ => new JsonObject()));
            foreach (var field in reader.Schema.DataFields.Where(field => field.Name != "time").OrderBy(field => field.Name != "rest"))
            {
                foreach (var (row, value) in (await CellsAsync(group, field)).Index())
                    Put(records[first + row], field.Name, value);
            }
        }

        return records;
    }

    private static async Task<JsonNode?[]> CellsAsync(ParquetRowGroupReader group, DataField field)
    {
        if (field.ClrType == typeof(int))
        {
            var numbers = new int?[group.RowCount];
            await group.ReadAsync<int>(field, numbers.AsMemory());
            return [.. numbers.Select(one => one is { } number ? JsonValue.Create(number) : null)];
        }

        if (field.ClrType == typeof(bool))
        {
            var flags = new bool?[group.RowCount];
            await group.ReadAsync<bool>(field, flags.AsMemory());
            return [.. flags.Select(one => one is { } flag ? JsonValue.Create(flag) : null)];
        }

        var texts = new string?[group.RowCount];
        await group.ReadAsync(field, texts.AsMemory());
        var isJson = field.Name is "rest" or "fields" or "labels" or "annotations" or "namespace_labels" or "node_labels";
        return [.. texts.Select(text => text is null ? null : isJson ? JsonNode.Parse(text) : JsonValue.Create(text))];
    }

    private static void Put(JsonObject record, string name, JsonNode? value)
    {
        if (value is null)
            return;
        if (name == "rest")
        {
            foreach (var (key, own) in value.AsObject())
                record[key] = own?.DeepClone();
            return;
        }

        var isOfPod = name is "restart_count" or "labels" or "annotations" or "host" or "docker_id" || name.StartsWith("namespace_", StringComparison.Ordinal) || name.StartsWith("pod_", StringComparison.Ordinal)
            || name.StartsWith("container_", StringComparison.Ordinal) || name.StartsWith("owner_", StringComparison.Ordinal) || name.StartsWith("node_", StringComparison.Ordinal);
        if (isOfPod && record["kubernetes"] is null)
            record["kubernetes"] = new JsonObject();
        (isOfPod ? record["kubernetes"]!.AsObject() : record)[name == "time_text" ? "time" : name] = value;
    }
}
