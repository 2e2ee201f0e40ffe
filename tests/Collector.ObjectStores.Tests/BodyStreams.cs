namespace Collector.ObjectStores.Tests;

/// <summary>A body during which the attempt is cancelled: at its first read.</summary>
internal sealed class CancellingStream(byte[] body, CancellationTokenSource cancellation) : MemoryStream(body, writable: false)
{
    /// <summary>All other reads of a derived memory stream come here.</summary>
    public override int Read(byte[] buffer, int offset, int count)
    {
        cancellation.Cancel();
        return base.Read(buffer, offset, count);
    }
}

/// <summary>A body whose disk fails after so many bytes.</summary>
internal sealed class FailingStream(int readable) : MemoryStream(new byte[2 * readable], writable: false)
{
    public override int Read(byte[] buffer, int offset, int count) =>
        Position < readable ? base.Read(buffer, offset, count) : throw new IOException("bad sector");
}
