using Collector.Pipeline.Buffer;

namespace Collector.Pipeline.Upload;

/// <summary>
/// I5: an object is poison only by comparison: it is rejected again after another object of its output, whose attempt began after
/// the first rejection, was stored. A store that rejects everything proves nothing about any object, nor does an answer to a
/// request from before it began to reject. Thread safe.
/// </summary>
internal sealed class PoisonTest
{
    private readonly Lock _lock = new();
    private long _rejections;
    private long _proofs;

    /// <summary>Taken when an attempt begins, for <see cref="Stored"/>.</summary>
    public long Begin()
    {
        lock (_lock)
        {
            return _rejections;
        }
    }

    /// <summary>The store has accepted an object; "already there" is no such proof.</summary>
    public void Stored(long begun)
    {
        lock (_lock)
        {
            _proofs += begun == _rejections ? 1 : 0;
        }
    }

    /// <summary>An object was rejected; true when it is poison.</summary>
    public bool Rejected(BacklogItem item)
    {
        lock (_lock)
        {
            _rejections++;
            item.RejectedAt ??= _proofs;
            return _proofs > item.RejectedAt;
        }
    }
}
