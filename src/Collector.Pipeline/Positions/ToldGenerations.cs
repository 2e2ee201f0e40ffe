namespace Collector.Pipeline.Positions;

/// <summary>What a chunk's frames have told of each generation: an identity is told again when its fingerprint has grown, a digest when it reaches farther. Not thread safe.</summary>
internal sealed class ToldGenerations
{
    private readonly Dictionary<GenerationId, (int Fingerprint, long Digest)> _told = [];

    /// <summary>Whether it has to be told; it counts as told from now on.</summary>
    public bool IsNews(GenerationIdentity identity)
    {
        var known = _told.TryGetValue(identity.Id, out var told);
        _told[identity.Id] = (Math.Max(told.Fingerprint, identity.Fingerprint.Length), told.Digest);
        return !known || identity.Fingerprint.Length > told.Fingerprint;
    }

    /// <summary>As above, of a generation whose identity is told.</summary>
    public bool IsNews(GenerationId id, ContentDigest digest)
    {
        var told = _told.GetValueOrDefault(id);
        _told[id] = (told.Fingerprint, Math.Max(told.Digest, digest.End));
        return digest.End > told.Digest;
    }
}
