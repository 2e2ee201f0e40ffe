using Collector.Pipeline.Records;

namespace Collector.Reading.Layout;

/// <summary>The values in a prefix: fields as they stand in the key, and dates.</summary>
internal sealed record PrefixValues
{
    public static PrefixValues None { get; } = new();

    public IReadOnlyDictionary<string, string> Fields { get; private init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public DateParts Dates { get; init; }

    /// <summary>Empty when it does not say.</summary>
    public string Namespace => Fields.GetValueOrDefault(KnownValues.NamespaceField, "");

    public string Pod => Fields.GetValueOrDefault(KnownValues.PodField, "");

    public string Container => Fields.GetValueOrDefault(KnownValues.ContainerField, "");

    public string OwnerKind => Fields.GetValueOrDefault("kubernetes.owner_kind", "");

    public string OwnerName => Fields.GetValueOrDefault("kubernetes.owner_name", "");

    /// <summary>The pod's labels that it says, as they stand in keys.</summary>
    public IReadOnlyDictionary<string, string> Labels =>
        Fields.Where(one => one.Key.StartsWith(LabelsField, StringComparison.Ordinal)).ToDictionary(one => one.Key[LabelsField.Length..], one => one.Value, StringComparer.Ordinal);

    private const string LabelsField = "kubernetes.labels.";

    /// <summary>Whether objects of such a prefix hold one container alone.</summary>
    public bool IsOneContainer => Namespace.Length > 0 && Pod.Length > 0 && Container.Length > 0;

    public PrefixValues With(string field, string value) => this with { Fields = new Dictionary<string, string>(Fields, StringComparer.Ordinal) { [field] = value } };
}

/// <summary>The fields and dates of a template that a question fixes, as they stand in keys.</summary>
internal sealed class KnownValues
{
    public const string NamespaceField = "kubernetes.namespace_name";
    public const string PodField = "kubernetes.pod_name";
    public const string ContainerField = "kubernetes.container_name";

    private readonly Dictionary<string, string> _fixed = new(StringComparer.Ordinal);
    private readonly string? _podBeginning;
    private readonly DateTimeOffset _since;
    private readonly DateTimeOffset _until;

    /// <param name="question">The question that was asked.</param>
    /// <param name="now">The end of an open range: no record is later, apart from differing clocks.</param>
    public KnownValues(Question question, DateTimeOffset now)
    {
        Fix(NamespaceField, question.Namespace);
        Fix(ContainerField, question.Container);
        Fix(KeyTemplate.StreamField, question.Stream);

        // The records, and so the keys, of a Job's or a ReplicaSet's pods may name its own owner in its place (Source.IsOwnedBy).
        if (question.OwnerKind is not ("Job" or "ReplicaSet"))
        {
            Fix("kubernetes.owner_kind", question.OwnerKind);
            Fix("kubernetes.owner_name", question.OwnerName);
        }

        foreach (var (label, value) in question.Labels.Equalities)
            Fix($"kubernetes.labels.{label}", value);
        if (question.PodPattern is { } pattern && pattern.EndsWith('*'))
            _podBeginning = KeyText.Sanitise(pattern[..^1]) ?? "";
        else
            Fix(PodField, question.PodPattern);
        _since = question.Since ?? DateTimeOffset.UnixEpoch;
        _until = question.Until ?? now.AddDays(1);
    }

    /// <summary>The text of a token; null when the question leaves it open.</summary>
    public string? Of(KeyToken token) => token switch
    {
        { Field.Length: > 0 } => _fixed.GetValueOrDefault(token.Field),
        { Date: not '\0' } => SameDate(token.Date),
        _ => token.Text,
    };

    /// <summary>The fixed beginning of a token that is not fully known.</summary>
    public string BeginningOf(KeyToken token) => token.Field == PodField ? _podBeginning ?? "" : "";

    public bool Allow(PrefixValues values) => values.Dates.Meets(_since, _until);

    private void Fix(string field, string? value)
    {
        if (KeyText.Sanitise(value) is { } fit)
            _fixed[field] = fit;
    }

    /// <summary>A date is fixed when all that contains it, and so it, is the same at both ends.</summary>
    private string? SameDate(char code)
    {
        var (one, other) = (_since.UtcDateTime, _until.UtcDateTime);
        var isSame = code switch
        {
            'Y' => one.Year == other.Year,
            'm' => one.Year == other.Year && one.Month == other.Month,
            'H' => one.Date == other.Date && one.Hour == other.Hour,
            'M' => one.Date == other.Date && one.Hour == other.Hour && one.Minute == other.Minute,
            _ => one.Date == other.Date,
        };
        return !isSame || code is 'S' or 's' ? null : one.ToString(code switch { 'Y' => "yyyy", 'm' => "MM", 'd' => "dd", 'H' => "HH", 'M' => "mm", _ => "yyyy-MM-dd" }, System.Globalization.CultureInfo.InvariantCulture);
    }
}
