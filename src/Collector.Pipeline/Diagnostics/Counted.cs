namespace Collector.Pipeline.Diagnostics;

/// <summary>A number and what it counts, for people: "1 file", "2 files".</summary>
public static class Counted
{
    /// <param name="number">How many.</param>
    /// <param name="noun">One of them; its plural ends in s.</param>
    public static string Of(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
