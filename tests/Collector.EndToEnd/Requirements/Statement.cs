using System.Runtime.CompilerServices;

namespace Collector.EndToEnd.Requirements;

internal enum Verdict
{
    Yes,
    Partly,
    No,
}

/// <summary>One thing that a document asks for, in our words, and what comes of it.</summary>
/// <param name="Text">What is asked for.</param>
/// <param name="Verdict">Whether it is so.</param>
/// <param name="Reason">Why it is not, or not all of it; empty where it is.</param>
/// <param name="Check">Throws when it is not as the verdict says; null for <see cref="Verdict.No"/> alone.</param>
/// <param name="Proof">The name of the check.</param>
internal sealed record Statement(string Text, Verdict Verdict, string Reason, Action? Check, string Proof)
{
    public static Statement Yes(string text, Action check, [CallerArgumentExpression(nameof(check))] string proof = "") => new(text, Verdict.Yes, "", check, proof);

    public static Statement Partly(string text, string reason, Action check, [CallerArgumentExpression(nameof(check))] string proof = "") =>
        new(text, Verdict.Partly, reason, check, proof);

    public static Statement No(string text, string reason) => new(text, Verdict.No, reason, null, "");
}
