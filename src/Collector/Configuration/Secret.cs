namespace Collector.Configuration;

/// <summary>A secret, or the file that holds it (and may change). Never prints what it holds.</summary>
public sealed record Secret(string Value, string File)
{
    public static Secret None { get; } = new("", "");

    public bool IsGiven => Value.Length > 0 || File.Length > 0;

    public override string ToString() => File.Length > 0 ? $"(secret in {File})" : Value.Length > 0 ? "(secret)" : "";
}
