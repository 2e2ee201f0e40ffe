namespace Collector.Commands.Converting.Fluentd;

/// <summary>What earlier matches have taken of a source's events, and what is left for a later one.</summary>
/// <param name="source">It.</param>
internal sealed class FluentdTaken(ConvertedSource source)
{
    private readonly List<string> namespaces = [];
    private readonly List<Restriction> inexpressible = [];
    private bool isAnyStored;

    /// <summary>Nothing is taken, apart from what the source does not collect at all.</summary>
    public bool IsNothing => namespaces.Count == 0 && inexpressible.Count == 0;

    /// <summary>Whether nothing of a part is left.</summary>
    public bool IsAllOf(FluentdTagPart part) => part.Namespaces.Count > 0 && part.Namespaces.All(namespaces.Contains);

    /// <summary>The restrictions of a match: its own part, without what is taken.</summary>
    public IReadOnlyList<Restriction> Rest(FluentdElement match, FluentdTagPart part)
    {
        if (part.Namespaces.Count > 0)
            return [new Restriction.Namespaces(match.At, IsExclusion: false, [.. part.Namespaces.Except(namespaces)]), .. inexpressible];
        var own = part.Share == TagShare.All ? [] : (IReadOnlyList<Restriction>)[Other(match.At, $"match {match.Argument} takes a part of {source.Path} by its tag; the collector takes all of it")];
        var excluded = namespaces.Count == 0 ? [] : (IReadOnlyList<Restriction>)[new Restriction.Namespaces(match.At, IsExclusion: true, [.. namespaces])];
        return [.. own, .. excluded, .. inexpressible];
    }

    /// <summary>A match takes a part.</summary>
    /// <param name="match">It.</param>
    /// <param name="part">What its tags select.</param>
    /// <param name="canLeaveOut">No other match gets events of the source, so that the source can leave the part out.</param>
    public void Add(FluentdElement match, FluentdTagPart part, bool canLeaveOut)
    {
        var isStored = match.Type != "null";
        if (part.Namespaces.Count > 0)
            namespaces.AddRange(part.Namespaces.Except(namespaces).ToList());
        else if (part.Links.Count > 0 && canLeaveOut && !isStored && !isAnyStored)
            source.Keys.AddToList("excludePaths", part.Links);
        else
            inexpressible.Add(Other(match.At, $"match {match.Argument} ({(match.Type.Length > 0 ? match.Type : "without @type")}) is before this output and takes a part of {source.Path} by its tag; the collector stores this part here, too"));
        isAnyStored |= isStored;
    }

    private static Restriction.Other Other(Spot at, string text) => new(new Remark(at, text, IsOfWeight: true), "match");
}
