using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Collector.Reading.Lines;

namespace Collector.Reading.Export;

/// <summary>
/// The files' names: <c>NAMESPACE/POD/CONTAINER.2026-11-20.parquet</c>. Names sort by container and day. They come from keys, which
/// anybody with write access to the store may have made: no name leaves the directory, is hidden, or collides with another one.
/// </summary>
internal static class ExportName
{
    /// <summary>File systems allow 255 bytes; a day, a part and an extension follow.</summary>
    private const int Longest = 200;

    /// <summary>Distinguishes names that are equal after their unsafe characters were removed.</summary>
    private const int HashLength = 16;

    /// <summary>Where the layout mixes containers in one prefix, keys do not say which.</summary>
    private const string Mixed = "all";

    /// <param name="container">The container in the keys.</param>
    /// <param name="day">In UTC.</param>
    /// <param name="part">1, unless the day was thought to be over.</param>
    /// <param name="form">For the end.</param>
    public static string Of(ContainerName container, DateOnly day, int part, ExportForm form) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Safe(container.Namespace)}/{Safe(container.Pod)}/{Safe(container.Container)}.{day:yyyy-MM-dd}{(part > 1 ? $"_{part:D3}" : "")}.{(form == ExportForm.Parquet ? "parquet" : "jsonl")}");

    private static string Safe(string name)
    {
        if (name.Length == 0)
            return Mixed;
        var safe = string.Concat(name.Select((c, at) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && at > 0) ? c : '_'));
        return safe == name && name.Length <= Longest
            ? name
            : $"{safe[..Math.Min(safe.Length, Longest - HashLength - 1)]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength]}";
    }
}
