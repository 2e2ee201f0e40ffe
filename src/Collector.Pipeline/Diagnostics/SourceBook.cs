namespace Collector.Pipeline.Diagnostics;

/// <summary>The account of one source. Written only through <see cref="Books.Commit"/>.</summary>
public sealed class SourceBook
{
    internal SourceBook(string name, int index)
    {
        Name = name;
        Index = index;
    }

    public string Name { get; }

    internal int Index { get; }

    /// <summary>Guarded by the lock of the <see cref="Books"/>.</summary>
    internal SourceFigures Figures { get; } = new();
}
