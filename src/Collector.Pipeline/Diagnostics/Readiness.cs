namespace Collector.Pipeline.Diagnostics;

/// <summary>The conditions under which the collector is ready (contract §5).</summary>
public enum ReadyCondition
{
    /// <summary>The configuration is applied.</summary>
    Configuration,

    /// <summary>The buffer can be written.</summary>
    Buffer,

    /// <summary>Pod metadata is synced, its wait is over, or there is none to wait for.</summary>
    Metadata,
}

/// <summary>Whether the collector is ready (<c>/readyz</c>): all of <see cref="ReadyCondition"/> hold. At first none does. Thread safe.</summary>
public sealed class Readiness
{
    private const string NotYet = "not yet";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<ReadyCondition, string> _missing = [];

    public Readiness()
    {
        foreach (var condition in Enum.GetValues<ReadyCondition>())
        {
            _missing.Add(condition, NotYet);
        }
    }

    /// <summary>The condition holds from now on.</summary>
    public void Met(ReadyCondition condition)
    {
        lock (_gate)
        {
            _missing.Remove(condition);
        }
    }

    /// <summary>The condition does not hold (any more), with a reason in words.</summary>
    public void Unmet(ReadyCondition condition, string why)
    {
        lock (_gate)
        {
            _missing[condition] = why;
        }
    }

    /// <summary>The unmet conditions, with reasons; empty when ready.</summary>
    public IReadOnlyList<(ReadyCondition Condition, string Why)> Missing()
    {
        lock (_gate)
        {
            return [.. _missing.Select(entry => (entry.Key, entry.Value))];
        }
    }
}
