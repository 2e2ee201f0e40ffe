using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Sources;

/// <summary>
/// Files that a source should read and cannot: one warning with the path and one count each (I6), however often it is found. Owned
/// by the tail worker.
/// </summary>
internal sealed partial class Unreadables(Books books, ILogger logger)
{
    /// <summary>More than a wrong configuration causes; a pod that creates names for ever must not fill memory.</summary>
    private const int Most = 10_000;

    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <summary>The number of them in this process.</summary>
    public int Count => _told.Count;

    /// <summary>Each path, and why it is not read.</summary>
    public IReadOnlyDictionary<string, string> Told => _told;

    /// <param name="path">Absolute.</param>
    /// <param name="why">The end of a sentence that names the path, with the fix where there is one.</param>
    public void Tell(string path, string why)
    {
        if (_told.Count < Most && _told.TryAdd(path, why))
        {
            LogUnreadable(LogText.Shorten(path), why);
            books.LostFiles(FilesLostReason.Unreadable, 1);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not read: {Why}; its lines are not stored until this is fixed")]
    private partial void LogUnreadable(string path, string why);
}
