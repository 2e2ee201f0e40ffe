namespace Collector.Commands.Converting;

/// <summary>A key of the other agent's configuration that no reader has asked for.</summary>
/// <param name="Name">With the keys above it in the component, like <c>request.timeout_secs</c>.</param>
/// <param name="At">Its place.</param>
internal readonly record struct UnreadKey(string Name, Spot At);

/// <summary>
/// A part of the other agent's configuration: a source, a filter, an output. It remembers which of its keys were read, so that
/// none can be left out without a remark.
/// </summary>
internal interface IComponent
{
    /// <summary>The keys that were not read so far, in the order of the file.</summary>
    IEnumerable<UnreadKey> Unread();

    /// <summary>From now on its keys are no longer among the unread keys of the component that it is a part of.</summary>
    void SetApart()
    {
    }
}

/// <summary>
/// Keys of one kind of component that have no counterpart, and leave the stored data as they are: sizes of memory, intervals of
/// looking, numbers of workers, the agent's own log.
/// </summary>
/// <param name="names">In lower case; a <c>*</c> at the end stands for any rest.</param>
internal sealed class NeutralKeys(params IReadOnlyList<string> names)
{
    public static readonly NeutralKeys None = new([]);

    /// <summary>Tells the keys of a component that were not read.</summary>
    /// <param name="component">It.</param>
    /// <param name="keys">Receive the remarks.</param>
    public void Tell(IComponent component, Block keys)
    {
        foreach (var key in component.Unread())
            Tell(key, keys);
    }

    /// <summary>Only a key that is neutral is no more than a note.</summary>
    public void Tell(UnreadKey key, Block keys)
    {
        if (Contains(key.Name))
            keys.Note(key.At, $"{key.Name} has no counterpart; the stored data are the same");
        else
            keys.Weigh(key.At, $"{key.Name} is not taken over: the converter knows no counterpart, so other data may be stored; check what the key does");
    }

    private bool Contains(string name) =>
        names.Any(n => n.EndsWith('*') ? name.StartsWith(n[..^1], StringComparison.OrdinalIgnoreCase) : name.Equals(n, StringComparison.OrdinalIgnoreCase));
}
