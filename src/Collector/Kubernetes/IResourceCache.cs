namespace Collector.Kubernetes;

/// <summary>Receives what an informer reads. Called by one informer, one call at a time.</summary>
internal interface IResourceCache
{
    /// <summary>The complete list: objects that are not in it are deleted.</summary>
    void Replace(IReadOnlyList<ApiObject> items);

    /// <summary>The object is new, or changed, or unchanged.</summary>
    void Put(ApiObject item);

    void Remove(ApiObject item);
}
