using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>Namespaces, owners and labels that records have and keys may not have.</summary>
public sealed class NamesOfRecordsTests : LogReading
{
    [Theory]
    [InlineData("all/", "all")]
    [InlineData("{\"%Y-%m-%d\"}/", "2026-11-20")]
    [InlineData("{.kubernetes.container_name||\"none\"}/", "app")]
    public async Task The_namespaces_of_a_pod_are_found_though_keys_do_not_have_them(string template, string prefix)
    {
        var name = Objects.Key("a", "b", "c", Start).Split('/')[^1];
        Store.Put($"{prefix}/{name}", Objects.Body(Of("shop", "db-0"), Of("other", "db-1"), Of("data", "db-0"), Of("data-eu", "db-0")), Start);
        await using var logs = Open(template);

        Assert.Equal(["data", "data-eu", "shop"], await NamespacesAsync(logs, new Question { Pod = "db-0" }));
        Assert.Equal(["other"], await NamespacesAsync(logs, new Question { Pod = "db-1" }));
        Assert.Empty(await NamespacesAsync(logs, new Question { Pod = "db-2" }));
    }

    /// <summary>A key has the namespaces of all pods, and not of which.</summary>
    [Fact]
    public async Task A_namespace_in_a_key_without_a_pod_is_not_yet_that_of_the_pod()
    {
        foreach (var space in (string[])["shop", "data"])
            Store.Put($"{space}/{Objects.Key("a", "b", "c", Start).Split('/')[^1]}", Objects.Body(Of(space, space == "shop" ? "cart-0" : "db-0")), Start);
        await using var logs = Open("{.kubernetes.namespace_name||\"none\"}/");

        Assert.Equal(["data"], await NamespacesAsync(logs, new Question { Pod = "db-0" }));
    }

    [Theory]
    [InlineData("Job", "nightly-299", "nightly-299-abcde", """{"batch.kubernetes.io/job-name":"nightly-299"}""", true)]
    [InlineData("Job", "nightly-299", "nightly-299-abcde", """{"job-name":"nightly-299"}""", true)]
    [InlineData("Job", "nightly-299", "nightly-299-abcde", "{}", true)]
    [InlineData("Job", "nightly-299", "nightly-299-0-abcde", """{"job-name":"nightly-299"}""", true)]
    [InlineData("Job", "nightly", "nightly-299-abcde", """{"job-name":"nightly-299"}""", false)]
    [InlineData("CronJob", "nightly", "nightly-299-abcde", """{"job-name":"nightly-299"}""", true)]
    [InlineData("StatefulSet", "nightly", "nightly-299-abcde", """{"job-name":"nightly-299"}""", false)]
    public async Task A_job_of_a_CronJob_has_its_own_name_too(string kind, string name, string pod, string labels, bool isFound)
    {
        var record = Objects.Record(Start, "a line", pod: pod, owner: "nightly", labels: labels).Replace("\"Deployment\"", "\"CronJob\"", StringComparison.Ordinal);
        Store.Put(Objects.Key("shop", pod, "app", Start), Objects.Body(record));

        Assert.Equal(isFound ? ["a line"] : [], await ReadAsync(new Question { Namespace = "shop", OwnerKind = kind, OwnerName = name }));
    }

    [Theory]
    [InlineData("cart-7d9f", """{"pod-template-hash":"7d9f"}""", true)]
    [InlineData("cart-7d9f", "{}", true)]
    [InlineData("cart-7d9", """{"pod-template-hash":"7d9f"}""", false)]
    public async Task A_ReplicaSet_of_a_Deployment_has_its_own_name_too(string name, string labels, bool isFound)
    {
        Store.Put(Objects.Key("shop", "cart-7d9f-abcde", "app", Start), Objects.Body(Objects.Record(Start, "a line", pod: "cart-7d9f-abcde", owner: "cart", labels: labels)));

        Assert.Equal(isFound ? ["a line"] : [], await ReadAsync(new Question { Namespace = "shop", OwnerKind = "ReplicaSet", OwnerName = name }));
    }

    [Theory]
    [InlineData("sho", null, null, null, "-n shop")]
    [InlineData(null, "carts", null, null, "cart-1")]
    [InlineData("shop", "cart-1", "apps", null, "-c app")]
    [InlineData("shop", null, null, "app=crat", "-l app=cart")]
    [InlineData("shop", "cart-1", "app", "app=cart", "")]
    public async Task What_is_not_found_is_told_with_the_names_of_the_records(string? space, string? pod, string? container, string? labels, string nearest)
    {
        Store.Put($"all/{Objects.Key("a", "b", "c", Start).Split('/')[^1]}", Objects.Body(Objects.Record(Start, "a line", labels: """{"app":"cart"}""")));
        var selector = LabelSelector.Any;
        Assert.True(labels is null || LabelSelector.TryParse(labels, out selector, out _));
        var question = new Question { Namespace = space, Pod = pod, Container = container, Labels = selector! };
        await using var logs = Open("all/");

        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        await ToListAsync(logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None));

        Assert.Equal(nearest, string.Join(", ", logs.Findings.Others.NearestOf(question)));
    }

    [Fact]
    public async Task An_owner_of_another_kind_is_told()
    {
        Store.Put(Objects.Key("shop", "cart-7d9f-a", "app", Start), Objects.Body(Objects.Record(Start, "a line", pod: "cart-7d9f-a", owner: "cart")));
        var question = new Question { Namespace = "shop", OwnerKind = "StatefulSet", OwnerName = "cart" };

        Assert.Empty(await ReadAsync(question));
        Assert.Equal(["deployment/cart"], Logs.Findings.Others.NearestOf(question));
    }

    [Fact]
    public async Task A_namespace_that_is_there_is_not_the_nearest_to_itself()
    {
        Store.Put($"shop/{Objects.Key("a", "b", "c", Start).Split('/')[^1]}", Objects.Body(Of("shop", "cart-0")));
        await using var logs = Open("{.kubernetes.namespace_name||\"none\"}/");

        Assert.Empty(await logs.NearestAsync(new Question { Namespace = "shop", Pod = "nosuch" }, CancellationToken.None));
        Assert.Equal(["-n shop"], await logs.NearestAsync(new Question { Namespace = "sho" }, CancellationToken.None));
        Assert.True(await logs.HasObjectsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_label_in_keys_has_its_nearest_values_there()
    {
        Store.Put($"app/cart/{Objects.Key("a", "b", "c", Start).Split('/')[^1]}", Objects.Body(Of("shop", "cart-0")));
        await using var logs = Open("app/{.kubernetes.labels.app||\"none\"}/");
        Assert.True(LabelSelector.TryParse("app=crat", out var labels, out _));

        Assert.Equal(["-l app=cart"], await logs.NearestAsync(new Question { Labels = labels }, CancellationToken.None));
    }

    private static string Of(string space, string pod) => Objects.Record(Start, $"{space} {pod}", space: space, pod: pod);

    private static async Task<IReadOnlyList<string>> NamespacesAsync(LogReader logs, Question question) =>
        await logs.NamespacesAsync(await logs.PlanAsync(question, lastOnly: true, CancellationToken.None), question, CancellationToken.None);

    private LogReader Open(string template)
    {
        Assert.True(KeyLayout.TryParse(template, "", out var layout, out _));
        return new LogReader(Store, layout, Clock);
    }
}
