using System.Diagnostics.CodeAnalysis;

namespace Collector.Pipeline.Records;

/// <summary>
/// An output's <c>keyPrefix</c> (contract §4): text, fields <c>{.a.b||.c||"fallback"}</c> and dates <c>{"%Y/%m/%d"}</c>. Parsed
/// once at start, then bound to each file's identity. Immutable.
/// </summary>
public sealed class KeyTemplate
{
    /// <summary>The one field that is not the file's but the record's.</summary>
    internal const string StreamField = "stream";

    private readonly IReadOnlyList<KeyPart> _parts;
    private readonly long _period;
    private readonly Func<RecordIdentity, KeyTemplate>? _choose;

    internal KeyTemplate(string text, IReadOnlyList<KeyPart> parts)
    {
        Text = text;
        _parts = parts;
        _period = parts.OfType<KeyPart.Date>().Select(date => KeyDate.PeriodOf(date.Format)).DefaultIfEmpty().Min();
        HasStream = parts.OfType<KeyPart.Field>().Any(field => field.Paths.Any(path => path[0] == StreamField));
    }

    /// <summary>A layout: which template a record's identity has. It reads, and has the text, of <paramref name="main"/>.</summary>
    /// <param name="main">That of containers. The others' dates are the same, and no more depend on the stream.</param>
    /// <param name="choose">The template of an identity.</param>
    internal KeyTemplate(KeyTemplate main, Func<RecordIdentity, KeyTemplate> choose)
        : this(main.Text, main._parts) => _choose = choose;

    /// <summary>The template where none is configured.</summary>
    public static KeyTemplate Default { get; } = TryParse(
        "persisted-logs/namespace-{.kubernetes.namespace_name||\"none\"}.pod-{.kubernetes.pod_name||.hostname||\"none\"}" +
        ".cont-{.kubernetes.container_name||.log_source||\"none\"}/", out var template, out var error) ? template : throw new InvalidOperationException(error);

    /// <summary>As configured.</summary>
    public string Text { get; }

    /// <summary>In order; for code that parses keys.</summary>
    internal IReadOnlyList<KeyPart> Parts => _parts;

    /// <summary>The paths of all fields, including alternatives, as <see cref="RecordIdentity.GetField"/> takes them.</summary>
    public IEnumerable<string[]> Fields => _parts.OfType<KeyPart.Field>().SelectMany(part => part.Paths);

    /// <summary>Whether the two streams of a container render differently: if not, one binding serves both.</summary>
    public bool HasStream { get; }

    /// <summary>Whether the record's time matters.</summary>
    public bool HasDate => _period > 0;

    /// <summary>Whether each second has prefixes, and so objects, of its own.</summary>
    public bool HasSeconds => _parts.OfType<KeyPart.Date>().Any(date => KeyDate.HasSeconds(date.Format));

    /// <summary>
    /// False when the text is not a template; <paramref name="error"/> then says what is wrong and what to write.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyTemplate? template, out string error) =>
        new KeyTemplateParser(text).TryParse(out template, out error);

    /// <summary>Puts in everything but the dates.</summary>
    public PartitionTemplate Bind(RecordIdentity identity, LogStream stream)
    {
        if (_choose is not null)
            return _choose(identity).Bind(identity, stream);
        var parts = _parts.Select(part => part is KeyPart.Field field ? new KeyPart.Text(Resolve(field, identity, stream)) : part);
        return new PartitionTemplate([.. parts], _period);
    }

    public override string ToString() => Text;

    private static string Resolve(KeyPart.Field field, RecordIdentity identity, LogStream stream)
    {
        foreach (var path in field.Paths)
        {
            var value = path[0] == StreamField ? StreamName(stream) : identity.GetField(path);
            if (KeyText.Sanitise(value) is { } fit)
                return fit;
        }

        return field.Fallback;
    }

    private static string? StreamName(LogStream stream) => stream switch
    {
        LogStream.Stdout => "stdout",
        LogStream.Stderr => "stderr",
        _ => null,
    };
}
