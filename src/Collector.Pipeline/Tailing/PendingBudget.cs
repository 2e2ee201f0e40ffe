namespace Collector.Pipeline.Tailing;

/// <summary>
/// The text of unfinished records in memory, over all chains: counted when it is added and removed, so that its limit always holds
/// (I7). Owned by the tail worker.
/// </summary>
/// <param name="most">Bytes.</param>
internal sealed class PendingBudget(long most)
{
    /// <summary>Bytes that wait now.</summary>
    public long Held { get; private set; }

    /// <summary>The record that is being joined must be closed as it is: memory is bounded, and no log may stall.</summary>
    public bool IsExceeded => Held > most;

    public void Add(int bytes) => Held += bytes;

    public void Remove(int bytes) => Held -= bytes;
}
