namespace Collector.Simulation.Oracle;

/// <summary>The columns of the table; all zeros when the collector keeps its promise.</summary>
internal enum FailureKind
{
    Lost,
    Twice,
    OutOfOrder,
    Damaged,
    Miscounted,
    TwoPrefixes,
    ToldNotCounted,
    Crashed,
    Hung,

    /// <summary>No failure: what a replay shows besides.</summary>
    Stored,
}

/// <summary>What the oracle, or the world on its behalf, says against the collector.</summary>
internal sealed class SimulationFailure(FailureKind kind, string message) : Exception(message)
{
    public FailureKind Kind { get; } = kind;
}

/// <summary>One thing that is wrong at the end of a run.</summary>
internal sealed record Finding(FailureKind Kind, string Message);
