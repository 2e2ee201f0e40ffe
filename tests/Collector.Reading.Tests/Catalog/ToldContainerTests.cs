using System.Text;
using Collector.Reading.Catalog;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>Contract §9: <c>ls</c> names the workloads; only the catalog knows them.</summary>
public sealed class ToldContainerTests
{
    [Theory]
    [InlineData("Deployment/cart", """{"owner_kind":"Deployment","owner_name":"cart"}""")]
    [InlineData("", """{"owner_kind":"Deployment"}""")]
    [InlineData("", """{"owner_name":"cart"}""")]
    [InlineData("", """{"owner_kind":7,"owner_name":["cart"]}""")]
    [InlineData("", """{"pod_name":"cart-1"}""")]
    [InlineData("CronJob/night", """{"pod_name":"night-1"}""", """{"owner_kind":"CronJob","owner_name":"night"}""")]
    [InlineData("CronJob/night", """{"owner_kind":"CronJob","owner_name":"night"}""", """{"pod_name":"night-1"}""")]
    public void The_workload_is_what_the_catalog_says_of_any_object(string workload, params string[] objects) =>
        Assert.Equal(workload, objects.Aggregate(new ToldContainer(), (told, kubernetes) => told.With(Entry(kubernetes))).Workload);

    private static CatalogEntry Entry(string kubernetes) => CatalogEntry.Parse(Encoding.UTF8.GetBytes(
        $$"""{"line":1,"key":"k","kubernetes":{{kubernetes}},"firsttime":"","lasttime":"","records":1,"bytes":2,"stored_bytes":3,"sources":[]}"""));
}
