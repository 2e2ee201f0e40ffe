namespace Collector.EndToEnd.Harness;

/// <summary>Measured figures, printed for a person. A test asserts none that a busy machine could spoil.</summary>
internal static class Figures
{
    public static void Print(string what, FormattableString figures) =>
        Console.WriteLine($"    {what}: {FormattableString.Invariant(figures)}");
}
