namespace Collector.Pipeline.Records;

/// <summary>The kinds of JSON values; the containers last.</summary>
internal enum JsonKind : byte
{
    Literal,
    Number,
    String,
    Array,
    Object,
}

/// <summary>What <see cref="JsonScanner.ReadMember"/> found.</summary>
internal enum JsonRead : byte
{
    Member,
    End,
    Malformed,
}

/// <summary>One member of an object, as slices of the text it was found in.</summary>
internal readonly ref struct JsonMember(ReadOnlySpan<byte> name, JsonKind kind, ReadOnlySpan<byte> raw)
{
    /// <summary>Between the quotes, with raw escapes.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    public JsonKind Kind { get; } = kind;

    /// <summary>The raw value, with its quotes.</summary>
    public ReadOnlySpan<byte> Raw { get; } = raw;

    /// <summary>The inside of a string, with raw escapes.</summary>
    public ReadOnlySpan<byte> Text => Raw[1..^1];
}
