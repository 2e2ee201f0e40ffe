using Collector.Kubernetes;

namespace Collector.Tests.Kubernetes;

/// <summary>Answers of a real kube-apiserver 1.36 to a service account that may get, list and watch pods (Data/kube-api).</summary>
internal static class Recorded
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "kube-api", name);

    /// <summary>Reads one through a stream that gives so many bytes at a time.</summary>
    public static async Task<List<ApiObject>> ListAsync(string name, int pieceSize = int.MaxValue, bool annotations = true)
    {
        var items = new List<ApiObject>();
        await using var stream = new PieceStream(File.ReadAllBytes(PathOf(name)), pieceSize);
        using var json = new JsonTokens(stream);
        var page = await new ApiObjectReader(json, key => annotations || PodWishes.IsMeant(key), CancellationToken.None).ReadListAsync(items.Add);
        items.Add(new ApiObject { ResourceVersion = page.ResourceVersion, Message = page.Continue ?? "" });
        return items;
    }

    public static async Task<List<(string Type, ApiObject Object)>> EventsAsync(byte[] bytes, int pieceSize = int.MaxValue)
    {
        var events = new List<(string, ApiObject)>();
        await using var stream = new PieceStream(bytes, pieceSize);
        using var json = new JsonTokens(stream);
        var reader = new ApiObjectReader(json, PodWishes.IsMeant, CancellationToken.None);
        while (await reader.ReadEventAsync() is { } happened)
        {
            events.Add(happened);
        }

        return events;
    }

    public static Task<List<(string Type, ApiObject Object)>> EventsAsync(string name, int pieceSize = int.MaxValue) => EventsAsync(File.ReadAllBytes(PathOf(name)), pieceSize);

    private sealed class PieceStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
