using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Collector.Pipeline.Diagnostics;

namespace Collector.Configuration.Binding;

internal delegate bool TryParse<T>(string text, out T value);

/// <summary>A single value, read from text.</summary>
/// <param name="noun">The kind of value: "a size".</param>
/// <param name="fix">The allowed values: "bytes, or a number with … like 48MB".</param>
/// <param name="parse">Reads the text, variables replaced.</param>
internal sealed class Scalar<T>(string noun, string fix, TryParse<T> parse) : Kind<T>
{
    /// <summary>The beginning of a fix in a reason.</summary>
    private const string OwnFix = "; write ";

    /// <summary>YAML distinguishes numbers and booleans from texts by quotes, and so does the schema.</summary>
    public bool PlainOnly { get; init; }

    /// <summary>A wrong text is not repeated in the mistake: it may hold a password.</summary>
    public bool Private { get; init; }

    /// <summary>Any text is valid, so a variable needs no extra rule.</summary>
    public bool FreeText { get; init; }

    /// <summary>What is wrong with a text, and its fix, in place of the general words; null: the general words.</summary>
    public Func<string, (string Problem, string Fix)?>? Refuse { get; init; }

    /// <summary>A more exact reason why a text is wrong; empty: none. What it says behind "; write" takes the place of the general fix.</summary>
    public Func<string, string>? Explain { get; init; }

    public Func<JsonObject> Describe { get; init; } = () => new JsonObject { ["type"] = "string" };

    public Func<T, JsonNode?> Print { get; init; } = value => JsonValue.Create(value?.ToString());

    public override bool TryRead(YamlNode node, Place at, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (node is not YamlScalar scalar)
        {
            at.Mistake($"is {node.What}, not {noun}", $"write {fix}");
            return false;
        }

        if (at.Replace(scalar.IsNull ? "" : scalar.Text) is not { } text)
            return false;
        if (PlainOnly && !scalar.IsPlain)
        {
            at.Mistake($"is quoted text, not {noun}", $"write {fix}, without quotes");
            return false;
        }

        return TryRead(text, at, out value);
    }

    /// <summary>The value of a text that is right, as a person would write it.</summary>
    public T Of(string text) => parse(text, out var value) ? value : throw new ArgumentException($"'{text}' is not {noun}", nameof(text));

    /// <summary>Reads a text unchanged.</summary>
    public bool TryRead(string text, Place at, [MaybeNullWhen(false)] out T value)
    {
        if (parse(text, out value))
            return true;
        var (problem, own) = Refuse?.Invoke(text) ?? General(text);
        at.Mistake(problem, own);
        return false;
    }

    public override JsonObject Schema() =>
        FreeText ? Describe() : new JsonObject { ["anyOf"] = new JsonArray(Describe(), JsonSchema.Variable()) };

    public override JsonNode? Json(T value) => Print(value);

    private (string Problem, string Fix) General(string text)
    {
        var reason = Explain?.Invoke(text) ?? "";
        var end = reason.LastIndexOf(OwnFix, StringComparison.Ordinal);
        var why = end < 0 ? reason : reason[..end];
        var what = (text.Length == 0 ? "is empty, not " : Private ? "is not " : $"'{WithoutSecrets.In(text)}' is not ") + noun;
        return (why.Length > 0 ? $"{what}: {why}" : what, end < 0 ? $"write {fix}" : reason[(end + 2)..]);
    }
}
