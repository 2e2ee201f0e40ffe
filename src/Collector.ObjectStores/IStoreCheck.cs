using Collector.Pipeline.Upload;

namespace Collector.ObjectStores;

/// <summary>A store that can be asked when the agent starts, before there is anything to send, whether it is there.</summary>
public interface IStoreCheck
{
    /// <summary>
    /// Asks once what every object would be told alike: whether the store is there, and knows who asks. It leaves nothing there, and
    /// needs no permission that writing does not. <see cref="PutStatus.Stored"/>: nothing is wrong as far as that can be known. What
    /// depends on an object's key, as a policy does, or passes by itself, is for the first object to tell.
    /// </summary>
    Task<PutResult> CheckAsync(CancellationToken cancellationToken);
}
