using Collector.Testing.Mix;
using Collector.Testing.Storage;

namespace Collector.Torture.Troubles;

/// <summary>The disk of the data dir: a small tmpfs, which somebody else fills to the last byte now and then.</summary>
internal sealed class FullDisk : IDisposable
{
    private const string Size = "256m";

    private readonly string _hog;
    private readonly SmallDisk? _disk;

    public FullDisk(string directory)
    {
        Directory.CreateDirectory(directory);
        _disk = SmallDisk.TryMount(directory, Size, readOnly: false, out string? reason);
        Reason = reason;
        _hog = Path.Combine(directory, "hog");
    }

    /// <summary>Why there is none; null when there is.</summary>
    public string? Reason { get; }

    public Action Fill(SeededRandom random)
    {
        _disk?.Fill(_hog);
        return () => File.Delete(_hog);
    }

    public void Dispose() => _disk?.Dispose();
}
