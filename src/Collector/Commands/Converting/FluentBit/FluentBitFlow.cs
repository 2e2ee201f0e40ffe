namespace Collector.Commands.Converting.FluentBit;

/// <summary>Records of a source under one tag, on their way through the filters.</summary>
/// <param name="Source">Of this.</param>
/// <param name="Tag">With a <c>*</c> for each part that is not known.</param>
internal sealed record FluentBitFlow(ConvertedSource Source, string Tag)
{
    /// <summary>Keys of filters that take a field away.</summary>
    private static readonly string[] Moving = ["rename", "hard_rename", "remove", "remove_key", "remove_wildcard"];

    private readonly List<Restriction> restrictions = [];
    private readonly List<FluentBitSection> rewrites = [];

    /// <summary>The part of the source, and what has been done to it.</summary>
    public IReadOnlyList<Restriction> Restrictions => restrictions;

    public void Restrict(Restriction restriction)
    {
        // Records with a new tag pass the filters once more.
        if (!restrictions.Contains(restriction))
            restrictions.Add(restriction);
    }

    /// <summary>Whether the records have the fields below kubernetes at this place of their way.</summary>
    public bool HasMetadata { get; private set; }

    /// <summary>Notes what a filter does to the fields below kubernetes.</summary>
    public void Pass(FluentBitSection filter, TagShare share)
    {
        if (filter.Name == "kubernetes")
            HasMetadata = Source.IsContainers && share == TagShare.All;
        else if (filter.Name == "nest" || filter.Keys.Exists(k => Moving.Any(k.Is) && k.Value.TrimStart('"').StartsWith("kube", StringComparison.OrdinalIgnoreCase)))
            HasMetadata = false;
    }

    /// <summary>Whether these are all records of the source, so that what is said of them can be said of its files.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Whether a filter has given these records their tag: it leaves its own records alone.</summary>
    public bool IsFrom(FluentBitSection rewrite) => rewrites.Exists(r => ReferenceEquals(r, rewrite));

    /// <summary>The records to which a filter gives a new tag.</summary>
    /// <param name="tag">It.</param>
    /// <param name="rewrite">The filter.</param>
    /// <param name="selection">Which they are.</param>
    public FluentBitFlow Retagged(string tag, FluentBitSection rewrite, IEnumerable<Restriction> selection)
    {
        IsWhole = false;
        var flow = new FluentBitFlow(Source, tag) { IsWhole = false, HasMetadata = HasMetadata };
        flow.restrictions.AddRange(restrictions);
        flow.restrictions.AddRange(selection);
        flow.rewrites.AddRange(rewrites);
        flow.rewrites.Add(rewrite);
        return flow;
    }
}
