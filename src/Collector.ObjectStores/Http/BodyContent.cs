using System.Buffers;
using System.Net;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// An object's body on its way into a request: streamed in blocks, never held whole, with text before and after it where the
/// protocol wants that. A body that cannot be read is told apart from a connection that cannot be written.
/// </summary>
internal sealed class BodyContent : HttpContent
{
    /// <summary>Large enough that the calls do not count, small enough that progress is seen on a slow line.</summary>
    private const int BlockSize = 64 * 1024;

    private readonly ObjectToPut _item;
    private readonly long _from;

    /// <param name="item">Whose body this is.</param>
    /// <param name="from">How much of it the store already has.</param>
    public BodyContent(ObjectToPut item, long from = 0)
    {
        _item = item;
        _from = from;
    }

    /// <summary>Goes before the body.</summary>
    public ReadOnlyMemory<byte> Prologue { get; init; }

    /// <summary>Goes after the body.</summary>
    public ReadOnlyMemory<byte> Epilogue { get; init; }

    /// <summary>Is told of each block that was accepted.</summary>
    public StallWatch? Watch { get; set; }

    /// <summary>Why the body could not be read, when that is what ended the request.</summary>
    public Exception? Failure { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Prologue, cancellationToken).ConfigureAwait(false);
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            await using var body = Open();
            for (var left = _item.Length - _from; left > 0;)
            {
                var count = await ReadAsync(body, block.AsMemory(0, (int)Math.Min(left, BlockSize)), cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                Watch?.Progress();
                left -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        await stream.WriteAsync(Epilogue, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        Watch?.Stop();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Prologue.Length + (_item.Length - _from) + Epilogue.Length;
        return true;
    }

    private Stream Open()
    {
        Stream? body = null;
        try
        {
            body = _item.OpenBody();
            body.Seek(_from, SeekOrigin.Begin);
            return body;
        }
        catch (Exception e)
        {
            Failure = e;
            body?.Dispose();
            throw;
        }
    }

    private async ValueTask<int> ReadAsync(Stream body, Memory<byte> block, CancellationToken cancellation)
    {
        try
        {
            var count = await body.ReadAsync(block, cancellation).ConfigureAwait(false);
            return count > 0 ? count : throw new InvalidOperationException($"the body of {_item.Key} is shorter than the {_item.Length} bytes announced");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure = e;
            throw;
        }
    }
}
