using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>From a question to prefixes, with as few lists as it allows.</summary>
public sealed class KeyLayoutTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private const string Name = "1795933405406-node-1-000000000001801cc32d.jsonl.gz";

    private readonly MemoryStore _store = new();

    private readonly List<string> _foreign = [];

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_pod_and_container_by_name_cost_no_list()
    {
        Assert.Equal(["persisted-logs/namespace-shop.pod-cart-1.cont-app/"], await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = "cart-1", Container = "app" }));
        Assert.Empty(_store.Requests);
    }

    [Fact]
    public async Task A_pods_containers_are_one_list()
    {
        Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/", "persisted-logs/namespace-shop.pod-cart-1.cont-proxy/", "persisted-logs/namespace-shop.pod-cart-10.cont-app/", "persisted-logs/namespace-shop.pod-cart-2.cont-app/");

        Assert.Equal(
            ["persisted-logs/namespace-shop.pod-cart-1.cont-app/", "persisted-logs/namespace-shop.pod-cart-1.cont-proxy/"],
            await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = "cart-1" }));
        Assert.Equal(["LIST persisted-logs/namespace-shop.pod-cart-1.cont-"], _store.Requests);
        Assert.Empty(_foreign);
    }

    [Fact]
    public async Task The_beginning_of_names_is_a_beginning_of_keys()
    {
        Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/", "persisted-logs/namespace-shop.pod-cart-22.cont-app/", "persisted-logs/namespace-shop.pod-db-0.cont-app/");

        Assert.Equal(
            ["persisted-logs/namespace-shop.pod-cart-1.cont-app/", "persisted-logs/namespace-shop.pod-cart-22.cont-app/"],
            await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = "cart-*" }));
        Assert.Equal(["LIST persisted-logs/namespace-shop.pod-cart-"], _store.Requests);
    }

    [Fact]
    public async Task Hive_directories_and_dates_are_walked_as_far_as_the_question_leaves_them_open()
    {
        const string Template = "logs/ns={.kubernetes.namespace_name||\"none\"}/date={\"%Y-%m-%d\"}/pod={.kubernetes.pod_name||\"none\"}/";
        Put("logs/ns=shop/date=2026-11-18/pod=cart-1/", "logs/ns=shop/date=2026-11-19/pod=cart-1/", "logs/ns=shop/date=2026-11-20/pod=cart-1/", "logs/ns=shop/date=2026-11-20/pod=db-0/");

        Assert.Equal(
            ["logs/ns=shop/date=2026-11-19/pod=cart-1/", "logs/ns=shop/date=2026-11-20/pod=cart-1/"],
            await FindAsync(Template, new Question { Namespace = "shop", Pod = "cart-1", Since = Now.AddDays(-1) }));
        Assert.Equal(["LIST logs/ns=shop/date=2026-11-"], _store.Requests);

        _store.Requests.Clear();
        Assert.Equal(["logs/ns=shop/date=2026-11-20/pod=cart-1/"], await FindAsync(Template, new Question { Namespace = "shop", Pod = "cart-1", Since = Now.AddHours(-2), Until = Now }));
        Assert.Empty(_store.Requests);
    }

    [Fact]
    public async Task A_label_in_the_key_is_fixed_by_the_selector()
    {
        const string Template = "{.kubernetes.labels.\"app.kubernetes.io/name\"||\"none\"}/{.kubernetes.pod_name||\"none\"}/";
        Assert.True(LabelSelector.TryParse("app.kubernetes.io/name=cart", out var labels, out _));
        Put("cart/cart-1/", "db/db-0/");

        Assert.Equal(["cart/cart-1/"], await FindAsync(Template, new Question { Labels = labels }));
        Assert.Equal(["LIST cart/"], _store.Requests);
    }

    [Fact]
    public async Task A_layout_without_a_slash_at_its_end_is_read_flat()
    {
        const string Template = "persisted-logs/namespace-{.kubernetes.namespace_name||\"none\"}.pod-{.kubernetes.pod_name||\"none\"}.cont-{.kubernetes.container_name||\"none\"}.";
        var found = Assert.Single(await FindAsync(Template, new Question { Namespace = "shop", Pod = "cart-1" }));
        Assert.Equal("persisted-logs/namespace-shop.pod-cart-1.cont-", found);

        Assert.True(KeyLayout.TryParse(Template, "", out var layout, out _));
        var (name, prefix, values) = layout.Read(found + "app." + Name, new FoundPrefix(found, PrefixValues.None), Known(new Question { Namespace = "shop", Pod = "cart-1" }))!.Value;
        Assert.Equal(("node-1", found + "app.", "app"), (name.Node, prefix, values.Container));
    }

    /// <summary>The pod's own name looks like the template's text.</summary>
    [Fact]
    public async Task A_name_that_looks_like_the_template_is_not_taken_apart_wrongly()
    {
        Put("persisted-logs/namespace-shop.pod-a.cont-b.cont-app/");

        Assert.Equal(["persisted-logs/namespace-shop.pod-a.cont-b.cont-app/"], await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = "a.cont-b" }));
    }

    [Fact]
    public async Task A_segment_that_was_cut_is_found_by_its_whole_name()
    {
        var pod = new string('p', 253);
        Assert.True(Pipeline.Records.KeyTemplate.TryParse(KeyLayout.Default, out var template, out _));
        var written = template.Bind(new() { Namespace = "shop", PodName = pod, ContainerName = "app" }, Pipeline.Records.LogStream.None).Render(default);
        Put(written);

        Assert.Equal([written], await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = pod, Container = "app" }));
        Assert.Equal([written], await FindAsync(KeyLayout.Default, new Question { Namespace = "shop", Pod = pod }));
        Assert.Equal([written], await FindAsync(KeyLayout.Default, new Question { Namespace = "shop" }));
    }

    [Fact]
    public async Task What_is_of_another_layout_is_told()
    {
        Put("persisted-logs/namespace-weird/", "persisted-logs/namespace-shop.pod-cart-1.cont-app/", "persisted-logs/namespace-shop.pod-db-0.cont-app/");
        _store.Put("persisted-logs/namespace-notes.txt", []);

        Assert.Single(await FindAsync(KeyLayout.Default, new Question { Container = "app", Pod = "cart-1" }));
        Assert.Equal(["persisted-logs/namespace-notes.txt", "persisted-logs/namespace-weird/"], _foreign);
    }

    [Theory]
    [InlineData("", "persisted-logs/")]
    [InlineData("persisted-logs", "persisted-logs/")]
    [InlineData("persisted-logs/", "persisted-logs/")]
    [InlineData("backup/2026", "backup/2026/persisted-logs/")]
    public void The_place_is_a_beginning_of_the_template_or_goes_before_it(string place, string expected)
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, place, out var layout, out _));

        Assert.StartsWith(expected + "namespace-{", layout.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p/1795933405406-node-1-000000000001801cc32d.jsonl", "node-1", "Json", "None")]
    [InlineData("p/1795933405406-a-1795933405406-b.c-000000000001801cc32d.log.zst", "a-1795933405406-b.c", "Text", "Zstd")]
    [InlineData("cont-app.1795933405406-n-00.jsonl.snappy", "n", "Json", "Snappy")]
    public void A_name_says_when_where_and_how(string key, string node, string format, string compression)
    {
        var name = ObjectName.Find(key);

        Assert.Equal((1795933405406, node, format, compression), (name!.OpenedAt.ToUnixTimeMilliseconds(), name.Node, name.Format.ToString(), name.Compression.ToString()));
    }

    [Theory]
    [InlineData("p/readme.md")]
    [InlineData("p/179593340540-node-1-00.jsonl")]
    [InlineData("p/1795933405406-node-1-00.json")]
    [InlineData("p/.collector-probe")]
    public void Others_names_are_not_ours(string key) => Assert.Null(ObjectName.Find(key));

    private static KnownValues Known(Question question) => new(question, Now);

    private void Put(params string[] prefixes)
    {
        foreach (var prefix in prefixes)
            _store.Put(prefix + Name, []);
    }

    private async Task<List<string>> FindAsync(string template, Question question)
    {
        Assert.True(KeyLayout.TryParse(template, "", out var layout, out var error), error);
        List<string> found = [];
        await foreach (var one in layout.FindAsync(_store, Known(question), _foreign.Add, CancellationToken.None))
            found.Add(one.Prefix);
        return [.. found.Order(StringComparer.Ordinal)];
    }
}
