using Collector.ObjectStores;
using Collector.Reading.Decoding;
using Collector.Reading.Layout;

namespace Collector.Reading;

/// <summary>One object's text, whoever wrote it: the end of its key decides the compression.</summary>
public static class ObjectText
{
    private const int BlockSize = 64 * 1024;

    /// <summary>
    /// Writes all good text. Throws <see cref="DamagedObjectException"/> if there is more, and <see cref="StoreReadException"/>.
    /// </summary>
    public static async Task CopyAsync(IObjectReader reader, string key, Stream to, CancellationToken cancellation)
    {
        var body = await reader.OpenAsync(key, 0, cancellation).ConfigureAwait(false);
        using var decoder = BodyDecoder.Open(ObjectName.OfAnyKey(key).Compression, body);
        var buffer = new byte[BlockSize];
        for (var length = decoder.Read(buffer); length > 0; length = decoder.Read(buffer))
            await to.WriteAsync(buffer.AsMemory(0, length), cancellation).ConfigureAwait(false);
    }
}
