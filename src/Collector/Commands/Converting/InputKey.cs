namespace Collector.Commands.Converting;

/// <summary>A key of fluent-bit's or Fluentd's text, which is read when its value is taken.</summary>
/// <param name="name">As written.</param>
/// <param name="value">Empty: it has none, or it is a mapping.</param>
/// <param name="at">Its place.</param>
internal sealed class InputKey(string name, string value, Spot at)
{
    public string Name { get; } = name;

    public Spot At { get; } = at;

    public bool IsRead { get; private set; }

    public string Value
    {
        get
        {
            IsRead = true;
            return value;
        }
    }

    /// <summary>Whether the value is the rest of a line, in which fluent-bit reads quotes and a <c>#</c> as they stand.</summary>
    public bool IsLine { get; init; }

    /// <summary>Whether someone who wrote the value may have meant its quotes, or a comment behind it, not as a part of it.</summary>
    public bool SeemsDecorated => IsLine && (value.Contains(" #", StringComparison.Ordinal)
        || (value is ['"', .., '"'] or ['\'', .., '\''] && value.Length > 1 && value.IndexOf(value[0], 1) == value.Length - 1));

    /// <summary>Whether the text had a <c>${…}</c>, which is no variable of the environment in Fluentd.</summary>
    public bool HasPlaceholder { get; init; }

    /// <summary>Takes it without its value: the remark on it is the reader's.</summary>
    public void Take() => IsRead = true;

    /// <summary>As fluent-bit compares names: without their case.</summary>
    public bool Is(string key) => Name.Equals(key, StringComparison.OrdinalIgnoreCase);
}
