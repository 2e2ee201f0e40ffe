using System.Collections.Concurrent;

namespace Collector.Testing.S3;

/// <summary>The access keys that a store knows; those of roles have a token and an end. Thread safe.</summary>
public sealed class S3Keys
{
    private readonly ConcurrentDictionary<string, Key> _keys = new(StringComparer.Ordinal);

    public void Add(string id, string secret, string token = "", DateTimeOffset? end = null) => _keys[id] = new Key(secret, token, end);

    public void Remove(string id) => _keys.TryRemove(id, out _);

    internal Key? Find(string id) => _keys.GetValueOrDefault(id);

    internal sealed record Key(string Secret, string Token, DateTimeOffset? End);
}
