using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Following;

/// <summary>The role that a file's name proposes. Content and inode decide.</summary>
internal enum NameRole : byte
{
    /// <summary>No source matches the name: the file is only read because it may be a known generation.</summary>
    None,

    /// <summary>The name that a known writer writes to: another inode there is new content.</summary>
    Live,

    /// <summary>A name that the source matches and that no known writer has had, or a rotated name.</summary>
    Other,
}

/// <summary>A regular file that a look found.</summary>
internal sealed class SeenFile(string path, FileStatus status, NameRole role, string writer, int restart, bool isGzip, Func<IFileContent?> open)
{
    private byte[]? _head;

    /// <summary>Below the source's root.</summary>
    public string Path { get; } = path;

    public FileStatus Status { get; } = status;

    public NameRole Role { get; } = role;

    /// <summary>The path that the writer of its chain writes to, if its name proposes one.</summary>
    public string Writer { get; } = writer;

    /// <summary>The restart number in its name; 0 for <c>file</c> sources. A name that no source matches has no meaning.</summary>
    public int Restart { get; } = restart;

    /// <summary>Whether its name allows that it has bytes of a generation of that restart number.</summary>
    public bool MayBeOf(int restartNumber) => Role == NameRole.None || Restart == restartNumber;

    public bool IsGzip { get; } = isGzip;

    /// <summary>
    /// Its bytes; null when it cannot be opened. Owned by the provider of the function, valid until the next file is requested.
    /// </summary>
    public IFileContent? Content => open();

    /// <summary>The first bytes, at most <see cref="Fingerprint.MaxLength"/>; empty when they cannot be read.</summary>
    public ReadOnlySpan<byte> Head
    {
        get
        {
            if (_head is null)
            {
                Span<byte> bytes = stackalloc byte[Fingerprint.MaxLength];
                _head = Content is { } content ? bytes[..content.Read(bytes, 0)].ToArray() : [];
            }

            return _head;
        }
    }

    /// <summary>Of <see cref="Head"/>, made once: a new file is compared with every generation that is gone.</summary>
    public Fingerprint HeadPrint => field ??= Fingerprint.Of(Head);

    /// <summary>Its decompressed length, if it is known without reading the file.</summary>
    public long KnownLength => IsGzip ? Content?.ToldLength ?? long.MaxValue : Status.Size;
}
