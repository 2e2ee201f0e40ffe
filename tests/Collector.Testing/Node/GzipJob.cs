using System.Buffers;
using System.IO.Compression;

namespace Collector.Testing.Node;

/// <summary>
/// Kubelet's compression of a rotated log, in slices, so that others see it half done: <c>x.tmp</c> is written, renamed
/// to <c>x.gz</c>, and then <c>x</c> is removed. (kubernetes, pkg/kubelet/logs/container_log_manager.go, compressLog)
/// </summary>
internal sealed class GzipJob(LogFile file) : IDisposable
{
    private readonly FileStream source = File.OpenRead(file.Path);
    private readonly GZipStream target = new(File.Create(file.Path + ".tmp"), CompressionLevel.Fastest);

    // Between the rename and the removal both names are there; that state lasts one slice.
    private bool renamed;

    /// <summary>Does up to <paramref name="bytes"/> more; true when all is done.</summary>
    public bool Advance(int bytes)
    {
        string plain = file.Path;
        if (renamed)
        {
            File.Delete(plain);
            file.BecomeCompressed(plain + ".gz");
            return true;
        }

        if (CopySlice(bytes)) return false;
        target.Dispose();
        File.Move(plain + ".tmp", plain + ".gz");
        renamed = true;
        return false;
    }

    public void Dispose()
    {
        source.Dispose();
        target.Dispose();
    }

    private bool CopySlice(int bytes)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(bytes);
        int read = source.Read(buffer, 0, bytes);
        target.Write(buffer, 0, read);
        ArrayPool<byte>.Shared.Return(buffer);
        return read > 0;
    }
}
