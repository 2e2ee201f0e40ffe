using Collector.ObjectStores;

namespace Collector.Kubernetes;

/// <summary>
/// A stream that extends a deadline with each read: an answer that makes progress may last as long as it likes. Disposing it leaves
/// the inner stream to its owner.
/// </summary>
internal sealed class PatientStream(Stream inner, CancellationTokenSource deadline, TimeSpan patience) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        deadline.CancelAfter(patience);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();
}
