using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Collector.Configuration.Binding;

/// <summary>A YAML document with the lines (from 1) of its parts.</summary>
internal abstract record YamlNode(int Line)
{
    /// <summary>The kind of this value, for messages to a person who wrote another kind.</summary>
    public abstract string What { get; }

    /// <summary>A key without a value, or one that is null: as if all that could be under it were absent.</summary>
    public virtual bool IsNull => false;
}

/// <param name="Line">From 1.</param>
/// <param name="Text">Before variables are replaced.</param>
/// <param name="IsPlain">Without quotes: may be a number or a boolean.</param>
internal sealed record YamlScalar(int Line, string Text, bool IsPlain) : YamlNode(Line)
{
    public override string What => "a single value";

    public override bool IsNull => IsPlain && Text is "" or "~" or "null";
}

internal sealed record YamlSequence(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line)
{
    public override string What => "a list";
}

/// <param name="Line">From 1.</param>
/// <param name="Entries">In the order of the file, with duplicates: they are mistakes and are reported with all others.</param>
internal sealed record YamlMapping(int Line, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line)
{
    public override string What => "a mapping";

    public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);
}

internal sealed record YamlEntry(string Key, int Line, YamlNode Value);

/// <summary>
/// Builds the tree from the parser's events. The library's own model stops at the first duplicate key, and so could not
/// report it together with everything else.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Far more than the configuration has, and too few for this recursion to end the process.</summary>
    private const int DeepestLevel = 100;

    private readonly IParser parser;
    private readonly Dictionary<AnchorName, YamlNode> anchors = [];
    private int level;

    private YamlTree(IParser parser) => this.parser = parser;

    /// <summary>The one document of a text; null when there is none.</summary>
    /// <exception cref="YamlException">The text is not YAML, or more than one document.</exception>
    public static YamlNode? Parse(string text)
    {
        using var reader = new StringReader(text);
        var events = new Parser(reader);
        try
        {
            return Parse(events);
        }
        catch (InvalidOperationException e)
        {
            // The scanner's word for some unfinished texts, like {a: b
            var at = events.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "the value that begins here has no end, or no separator", e);
        }
    }

    private static YamlNode? Parse(Parser events)
    {
        events.Consume<StreamStart>();
        if (events.TryConsume<StreamEnd>(out _))
            return null;

        events.Consume<DocumentStart>();
        var root = new YamlTree(events).Node();
        events.Consume<DocumentEnd>();
        if (events.Accept<DocumentStart>(out var second))
            throw new YamlException(second.Start, second.End, "a second document begins here");
        return root;
    }

    private YamlNode Node()
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return anchors.TryGetValue(alias.Value, out var known)
                ? known
                : throw new YamlException(alias.Start, alias.End, $"the anchor {alias.Value} is not known");
        }

        var start = parser.Require<NodeEvent>();
        if (++level > DeepestLevel)
            throw new YamlException(start.Start, start.End, $"there are more than {DeepestLevel} levels");
        YamlNode node = start switch
        {
            SequenceStart => Sequence(),
            MappingStart => Mapping(),
            _ => Scalar(parser.Consume<Scalar>()),
        };
        level--;
        if (!start.Anchor.IsEmpty)
            anchors[start.Anchor] = node;
        return node;
    }

    private static YamlScalar Scalar(Scalar scalar) => new(LineOf(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);

    private YamlSequence Sequence()
    {
        var line = LineOf(parser.Consume<SequenceStart>());
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node());
        return new YamlSequence(line, items);
    }

    private YamlMapping Mapping()
    {
        var line = LineOf(parser.Consume<MappingStart>());
        var entries = new List<YamlEntry>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a key must be a text");
            entries.Add(new YamlEntry(key.Value, LineOf(key), Node()));
        }

        return new YamlMapping(line, entries);
    }

    private static int LineOf(ParsingEvent at) => (int)at.Start.Line;
}
