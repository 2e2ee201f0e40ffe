using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The probe of <c>validate --connect</c> is a write that the store must refuse, and only the store's own refusal of just that
/// proves that it would have taken another.
/// </summary>
internal static class Probing
{
    /// <summary>What became of a probe that was not refused for what it is: never a success.</summary>
    /// <param name="answer">To the probe.</param>
    /// <param name="result">What the answer would mean for an object.</param>
    public static PutResult NotRefused(StoreAnswer answer, PutResult result)
    {
        if (answer.IsSuccess)
        {
            return answer.As(
                PutStatus.ConditionUnsupported,
                $"{(int)answer.Status}: a write that cannot be was not refused: what answers there is no such store, or knows no conditions; look at store.endpoint and store.proxy");
        }

        return result.Status == PutStatus.AlreadyThere ? result with { Status = PutStatus.Unauthorized } : result;
    }
}
