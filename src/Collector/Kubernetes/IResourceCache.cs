namespace Collector.Kubernetes;

/// <summary>Takes what an informer learns. Called by one informer, one call at a time.</summary>
internal interface IResourceCache
{
    /// <summary>All that there is: what is not among it is gone.</summary>
    void Replace(IReadOnlyList<ApiObject> items);

    /// <summary>It is new, or has changed, or not.</summary>
    void Put(ApiObject item);

    void Remove(ApiObject item);
}
