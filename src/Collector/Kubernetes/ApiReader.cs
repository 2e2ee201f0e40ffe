using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>The parts of a list's answer besides its items.</summary>
internal readonly record struct ListPage(string ResourceVersion, string Continue);

/// <summary>
/// Parses answers of the API while they arrive, keeping only the used parts: it holds no more of an answer than its longest value,
/// and what is kept. Thread safe.
/// </summary>
/// <param name="keepsAnnotation">By its name.</param>
internal sealed class ApiReader(Func<string, bool> keepsAnnotation)
{
    private readonly ApiMessages _messages = ApiMessages.Keeping(keepsAnnotation);

    /// <summary>Reads a list; <paramref name="items"/> receives its items.</summary>
    /// <exception cref="JsonException">The answer is not a list, or was cut off.</exception>
    public async Task<ListPage> ReadListAsync(Stream body, List<ApiObject> items, CancellationToken cancellation)
    {
        var answer = await JsonSerializer.DeserializeAsync(body, _messages.ListAnswer, cancellation);
        items.AddRange((answer?.Items ?? []).Select(ApiObject.From));
        return new ListPage(answer?.Metadata?.ResourceVersion ?? "", answer?.Metadata?.Continue ?? "");
    }

    /// <summary>Reads the events of a watch, each when all of it has come.</summary>
    /// <exception cref="JsonException">The answer is not an event, or was cut off within one.</exception>
    public async IAsyncEnumerable<(string Type, ApiObject Object)> ReadEventsAsync(Stream body, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var happened in JsonSerializer.DeserializeAsyncEnumerable(body, _messages.WatchEvent, topLevelValues: true, cancellation))
        {
            yield return (happened?.Type ?? "", ApiObject.From(happened?.Object));
        }
    }
}
