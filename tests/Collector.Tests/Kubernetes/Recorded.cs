using System.Text;
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
        var page = await new ApiReader(key => annotations || PodWishes.IsMeant(key)).ReadListAsync(stream, items, CancellationToken.None);
        items.Add(new ApiObject { ResourceVersion = page.ResourceVersion, Message = page.Continue ?? "" });
        return items;
    }

    public static async Task<List<(string Type, ApiObject Object)>> EventsAsync(byte[] bytes, int pieceSize = int.MaxValue)
    {
        var events = new List<(string, ApiObject)>();
        await using var stream = new PieceStream(bytes, pieceSize);
        await foreach (var happened in new ApiReader(PodWishes.IsMeant).ReadEventsAsync(stream, CancellationToken.None))
        {
            events.Add(happened);
        }

        return events;
    }

    /// <summary>Reads one object, as it stands in a list.</summary>
    public static async Task<ApiObject> ObjectAsync(string json, Func<string, bool> keepsAnnotation)
    {
        var items = new List<ApiObject>();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"items":[{{json}}]}"""));
        await new ApiReader(keepsAnnotation).ReadListAsync(stream, items, CancellationToken.None);
        return items.Single();
    }

    public static Task<List<(string Type, ApiObject Object)>> EventsAsync(string name, int pieceSize = int.MaxValue) => EventsAsync(File.ReadAllBytes(PathOf(name)), pieceSize);

    private sealed class PieceStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
