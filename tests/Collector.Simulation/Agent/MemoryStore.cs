using Collector.Pipeline.Upload;
using Collector.Testing.Storage;

namespace Collector.Simulation.Agent;

/// <summary>What the store does with the next attempts.</summary>
internal enum StoreMood
{
    Healthy,

    /// <summary>5xx for every attempt.</summary>
    Refuses,

    /// <summary>The next attempt is stored and its answer lost.</summary>
    LosesAnswer,

    /// <summary>The process dies when the next attempt has been stored.</summary>
    Kills,
}

/// <summary>An object store in memory that creates only if absent and answers at once.</summary>
internal sealed class MemoryStore : IObjectStore
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    public StoreMood Mood { get; set; }

    public string Description => "memory";

    public bool NeedsSha256 => false;

    public DateTimeOffset? CredentialExpiry => null;

    /// <summary>By key, in order.</summary>
    public IReadOnlyDictionary<string, byte[]> Objects => _objects;

    /// <summary>Called when the store kills the process: from then on its disk is dead.</summary>
    public Action Kill { get; set; } = () => { };

    /// <summary>Keys that came again with other bytes: never right (I2, I3).</summary>
    public List<string> Changed { get; } = [];

    public Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (Mood == StoreMood.Refuses)
        {
            return Task.FromResult(new PutResult(PutStatus.Unavailable, "503"));
        }

        var result = Put(item);
        switch (Mood)
        {
            case StoreMood.LosesAnswer:
                Mood = StoreMood.Healthy;
                return Task.FromResult(new PutResult(PutStatus.Unavailable, "connection reset"));
            case StoreMood.Kills:
                Mood = StoreMood.Healthy;
                Kill();
                throw new SimulatedCrashException("killed when the object was stored");
            default:
                return Task.FromResult(result);
        }
    }

    public Task<PutResult> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(PutResult.Stored);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private PutResult Put(ObjectToPut item)
    {
        var bytes = BytesOf(item);
        if (_objects.TryAdd(item.Key, bytes))
        {
            return PutResult.Stored;
        }

        if (!_objects[item.Key].AsSpan().SequenceEqual(bytes))
        {
            Changed.Add(item.Key);
        }

        return new PutResult(PutStatus.AlreadyThere, "it is there");
    }

    private static byte[] BytesOf(ObjectToPut item)
    {
        using var body = item.OpenBody();
        var bytes = new byte[item.Length];
        body.ReadExactly(bytes);
        return body.ReadByte() < 0 ? bytes : throw new InvalidDataException($"{item.Key} is longer than it says");
    }
}
