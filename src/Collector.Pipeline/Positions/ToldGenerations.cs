namespace Collector.Pipeline.Positions;

/// <summary>
/// The identities in a chunk's frames, by generation: an identity is written again when its fingerprint has grown, a digest when it
/// reaches farther. Not thread safe.
/// </summary>
internal sealed class ToldGenerations
{
    private readonly Dictionary<GenerationId, (int Fingerprint, long Digest)> _told = [];

    /// <summary>Whether it must be written; it counts as written from now on.</summary>
    public bool IsNews(GenerationIdentity identity)
    {
        var known = _told.TryGetValue(identity.Id, out var told);
        _told[identity.Id] = (Math.Max(told.Fingerprint, identity.Fingerprint.Length), told.Digest);
        return !known || identity.Fingerprint.Length > told.Fingerprint;
    }

    /// <summary>The same for the digest of a generation whose identity is written.</summary>
    public bool IsNews(GenerationId id, ContentDigest digest)
    {
        var told = _told.GetValueOrDefault(id);
        _told[id] = (told.Fingerprint, Math.Max(told.Digest, digest.End));
        return digest.End > told.Digest;
    }
}
