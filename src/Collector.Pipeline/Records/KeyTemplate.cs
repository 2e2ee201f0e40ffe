using System.Diagnostics.CodeAnalysis;

namespace Collector.Pipeline.Records;

/// <summary>A parsed <c>keyPrefix</c> (contract §4).</summary>
public sealed class KeyTemplate
{
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyTemplate? template, out string error)
    {
        template = new KeyTemplate();
        error = "";
        return true;
    }
}
