namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>No compression.</summary>
internal sealed class PlainBody(Stream destination, long uncompressedLength) : BodyStream(destination, uncompressedLength)
{
    private protected override void Compress(ReadOnlySpan<byte> data) => Destination.Write(data);

    private protected override void Finish()
    {
    }

    private protected override void Release()
    {
    }
}
