namespace Collector.Pipeline.Records;

/// <summary>A piece of a key template.</summary>
internal abstract record KeyPart
{
    private KeyPart()
    {
    }

    /// <summary>Literal text.</summary>
    public sealed record Text(string Value) : KeyPart;

    /// <summary>The first field that has a value, or the fallback.</summary>
    public sealed record Field(IReadOnlyList<string[]> Paths, string Fallback) : KeyPart;

    /// <summary>A date format, its codes checked.</summary>
    public sealed record Date(string Format) : KeyPart;
}
