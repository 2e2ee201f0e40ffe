using Collector.Reading.Catalog;
using Collector.Reading.Layout;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>Contract §9, <c>ls</c>: a row for each container, named by keys or by the catalog.</summary>
public sealed class ContainerListTests : IAsyncDisposable
{
    private const string Mixed = "persisted-logs/all/";
    private const string ByNamespace = """persisted-logs/{.kubernetes.namespace_name||"none"}/""";

    private readonly ToldStore _told = new();

    public ValueTask DisposeAsync() => _told.DisposeAsync();

    [Theory]
    [InlineData(Mixed)]
    [InlineData(ByNamespace)]
    public async Task Where_keys_do_not_name_containers_the_catalog_does(string layout)
    {
        var prefix = layout == Mixed ? Mixed : "persisted-logs/shop/";
        _told.Put(new Held("shop", "cart-1", At(0), "a", "b") { Owner = "cart", Records = 2 }, prefix);
        _told.Put(new Held("shop", "cart-1", At(5), "c") { Owner = "cart", Last = At(6) }, prefix);
        _told.Put(new Held("shop", "web-1", At(7), "d"), prefix);

        Assert.Equal(["shop cart-1 app Deployment/cart 3 2 10:00 10:06", "shop web-1 app - 1 1 10:07 10:07"], await RowsAsync(layout));
    }

    /// <summary>Whose its records are is not known: they count for neither, and the rows say that there are more.</summary>
    [Fact]
    public async Task An_object_of_several_containers_is_in_the_row_of_each()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a") { Owner = "cart" }, Mixed);
        _told.Put(new Held("shop", "cart-1", At(1), "b", "c") { Owner = "cart", Others = ["pod:data_db-1_u1/pg"], Records = 2 }, Mixed);

        Assert.Equal(["data db-1 pg - 0+ 1 10:01 10:01", "shop cart-1 app Deployment/cart 1+ 2 10:00 10:01"], await RowsAsync(Mixed));
        Assert.Equal(["data db-1 pg - 0+ 1 10:01 10:01"], await RowsAsync(Mixed, "data"));
    }

    [Fact]
    public async Task What_neither_keys_nor_the_catalog_name_is_a_row_without_names()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a"), Mixed);
        _told.Put(new Held("shop", "cart-1", At(1), "not told yet") { IsTold = false }, Mixed);
        _told.Put(new Held("shop", "cart-1", At(2), "of a file") { Log = "file:/var/log/app.log", HasKubernetes = false }, Mixed);

        Assert.Equal(["   - 1 2 10:02 10:02", "shop cart-1 app - 1 1 10:00 10:00"], await RowsAsync(Mixed));
    }

    /// <summary>Keys say all, so other names in the catalog change nothing.</summary>
    [Fact]
    public async Task Where_keys_name_the_container_its_objects_are_one_row()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a") { Others = ["docker:0123"] });
        _told.Put(new Held("shop", "cart-1", At(1), "b") { Owner = "cart" });

        Assert.Equal(["shop cart-1 app Deployment/cart 2 2 10:00 10:01"], await RowsAsync(KeyLayout.Default));
    }

    /// <summary>Of a shared object the names of the files say which run it is.</summary>
    [Theory]
    [InlineData("0.log", 0, true)]
    [InlineData("1.log", 0, false)]
    [InlineData("1.log.20261120-100000.gz", 1, true)]
    public async Task A_container_has_ended_if_its_newest_run_has(string file, int ended, bool hasEnded)
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a") { Restart = 7, Others = ["pod:shop_web-1_u1/app"], Files = [file] }, Mixed);
        _told.Ended.Add(("pod:shop_web-1_u1/app", ended));

        var list = await ReadAsync(Mixed, null);
        Assert.Equal(hasEnded, list.ToldOf(list.Rows.Single(row => row.Pod == "web-1"))!.HasEnded);
    }

    [Fact]
    public async Task The_page_lists_the_same_rows()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a") { Owner = "cart" }, Mixed);
        _told.Put(new Held("data", "db-1", At(1), "b"), Mixed);
        _told.Tell();
        await using var logs = _told.Open(Mixed);

        List<StoredContainer> rows = [];
        await foreach (var row in logs.ListContainersAsync(new Question { Namespace = "shop" }, CancellationToken.None))
            rows.Add(row);
        Assert.Equal([("shop", "cart-1", "app", "Deployment/cart", 1)], rows.Select(row => (row.Namespace, row.Pod, row.Container, row.Workload, row.Objects)));
    }

    private static DateTimeOffset At(int minutes) => Objects.Start.AddMinutes(minutes);

    private async Task<ContainerList> ReadAsync(string layout, string? space)
    {
        _told.Tell();
        await using var logs = _told.Open(layout);
        var plan = await logs.PlanStoredAsync(new Question { Namespace = space }, since: null, CancellationToken.None);
        return await ContainerList.ReadAsync(_told.Store, _told.LayoutOf(layout), plan, space, since: null, CancellationToken.None);
    }

    private async Task<IEnumerable<string>> RowsAsync(string layout, string? space = null)
    {
        var list = await ReadAsync(layout, space);
        return list.Rows.Select(row => list.ToldOf(row) is var told && told is null ? $"{row.Namespace} {row.Pod} {row.Container} untold {row.Objects}"
            : $"{row.Namespace} {row.Pod} {row.Container} {(row.Workload.Length > 0 ? row.Workload : "-")} {told.Records}{(told.SharesObjects ? "+" : "")} {row.Objects} {told.First.ToDateTimeOffset():HH:mm} {told.Last.ToDateTimeOffset():HH:mm}");
    }
}
