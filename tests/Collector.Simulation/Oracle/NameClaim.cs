namespace Collector.Simulation.Oracle;

/// <summary>What a file's name alone says.</summary>
internal enum NameClaim
{
    /// <summary>Nobody asks for it: it counts only where its content is known.</summary>
    Nobodys,

    /// <summary>A rotated form of a name that is not there: whether the collector knows that name depends on what it has seen.</summary>
    Maybe,

    Taken,

    /// <summary>Taken, and a rotated form of no other name: no copy is expected under it, and the collector may take it at once.</summary>
    Own,
}
