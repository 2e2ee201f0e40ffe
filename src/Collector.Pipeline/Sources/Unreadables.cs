using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Sources;

/// <summary>
/// Files that a source should read and cannot: one warning in each run with the path, and one count (I6), however often it is found,
/// also by later runs. Owned by the tail worker.
/// </summary>
/// <param name="source">The source's name.</param>
/// <param name="books">Count them.</param>
/// <param name="logger">Logs them.</param>
internal sealed partial class Unreadables(string source, Books books, ILogger logger)
{
    /// <summary>More than a wrong configuration causes; a pod that creates names for ever must not fill memory.</summary>
    private const int Most = 10_000;

    /// <summary>A directory that lets its names be listed and nothing else, for <see cref="Tell"/>.</summary>
    public const string NotEntered = "it is a directory that may be listed and not entered (its mode lacks x, or SELinux forbids it); allow the collector to enter it";

    private const string NoDescriptor = "the collector has no file descriptor left; raise its limit (ulimit -n, LimitNOFILE)";

    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private bool _hasToldShortage;

    /// <summary>The number of them in this process, and of those that wait for a descriptor now.</summary>
    public int Count => _told.Count + _waiting.Count;

    /// <summary>Each path, and why it is not read.</summary>
    public IEnumerable<KeyValuePair<string, string>> Told => _told.Concat(_waiting.Select(path => KeyValuePair.Create(path, NoDescriptor)));

    /// <param name="path">Absolute.</param>
    /// <param name="why">The end of a sentence that names the path, with the fix where there is one.</param>
    public void Tell(string path, string why)
    {
        if (_told.Count < Most && _told.TryAdd(path, why))
        {
            LogUnreadable(LogText.Shorten(path), why);
            books.LostUnreadable($"{source}\n{path}", bytes: 0);
        }
    }

    /// <summary>
    /// There was no descriptor to list a directory, or to open a file in it. It is tried again, so nothing is counted; the warning is
    /// told once for each source.
    /// </summary>
    /// <param name="path">Absolute, of the directory.</param>
    public void WaitForDescriptor(string path)
    {
        if (_waiting.Count < Most && _waiting.Add(path) && !_hasToldShortage)
        {
            _hasToldShortage = true;
            LogShortage(LogText.Shorten(path), NoDescriptor);
        }
    }

    /// <summary>Something waits for a descriptor: whoever lists a directory, or opens its files, calls <see cref="EndWait"/>.</summary>
    public bool IsAnyWaiting => _waiting.Count > 0;

    /// <summary>The directory was listed, and its files were opened.</summary>
    /// <param name="path">Absolute, of the directory.</param>
    public void EndWait(string path) => _waiting.Remove(path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}, and perhaps others, is not read yet: {Why}; until then its lines wait in their files")]
    private partial void LogShortage(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not read: {Why}; its lines are not stored until this is fixed")]
    private partial void LogUnreadable(string path, string why);
}
