using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The files that one look opens: few at a time, whatever the directory holds (S-132). A file that a generation takes over stays
/// open, the rest is closed with this. Owned by the tail worker.
/// </summary>
internal sealed class LookFiles(Folder folder) : IDisposable
{
    /// <summary>A comparison needs two; the rest spares opening a file again for its head, its guard and its reading.</summary>
    private const int MostOpen = 32;

    private readonly Dictionary<string, SourceFile> _open = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>A name led to another file than a moment before, or to none: the look does not hold.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>There was no descriptor for one of them, so its content is unknown.</summary>
    public bool LacksDescriptors { get; private set; }

    /// <summary>Why names could not be opened.</summary>
    public Dictionary<string, OpenResult> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>The bytes of a file, if that name still leads to that inode.</summary>
    public SourceFile? Open(string path, ulong inode, bool isGzip)
    {
        if (_open.TryGetValue(path, out var known) || (known = folder.Undecided.Find(path)) is not null)
        {
            return known;
        }

        var result = folder.Root.TryOpen(path, out var handle, out var status);
        if (result != OpenResult.Opened)
        {
            HasChanged |= result == OpenResult.Missing;
            LacksDescriptors |= result == OpenResult.NoDescriptor;
            Refused[path] = result;
            return null;
        }

        if (status.Inode != inode)
        {
            handle!.Dispose();
            HasChanged = true;
            return null;
        }

        CloseOldest();
        SourceFile file = isGzip ? new GzipFile(handle!, status) : new PlainFile(handle!, status);
        _open.Add(path, file);
        _order.Enqueue(path);
        return file;
    }

    /// <summary>Whether its first bytes are those of a gzip file; null: it has none yet, or cannot be opened.</summary>
    public bool? IsGzip(string path, ulong inode)
    {
        Span<byte> head = stackalloc byte[CompressedKinds.HeadLength];
        head = head[..(Open(path, inode, isGzip: false)?.Read(head, 0) ?? 0)];
        Take(path)?.Dispose();
        return head.IsEmpty ? null : CompressedKinds.Of("", head) == CompressedKind.Gzip;
    }

    /// <summary>Gives an open file away; null when it is not open.</summary>
    public SourceFile? Take(string path) => _open.Remove(path, out var file) ? file : folder.Undecided.Take(path);

    public void Dispose()
    {
        foreach (var file in _open.Values)
        {
            file.Dispose();
        }

        _open.Clear();
    }

    private void CloseOldest()
    {
        while (_open.Count >= MostOpen && _order.TryDequeue(out var oldest))
        {
            Take(oldest)?.Dispose();
        }
    }
}
