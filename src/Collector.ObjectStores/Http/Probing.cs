using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The probe of <c>validate --connect</c> is a write that the store must refuse. Only the store's own refusal, for exactly that
/// reason, proves that it would have accepted another write.
/// </summary>
internal static class Probing
{
    /// <summary>The result of a probe that was not refused as expected: never a success.</summary>
    /// <param name="answer">To the probe.</param>
    /// <param name="result">The meaning of the answer for an object.</param>
    public static PutResult NotRefused(StoreAnswer answer, PutResult result)
    {
        if (answer.IsSuccess)
        {
            return answer.As(
                PutStatus.ConditionUnsupported,
                $"{(int)answer.Status}: a write that must fail was not refused: the server there is not a store of this type, or ignores conditions; check store.endpoint and store.proxy");
        }

        return result.Status == PutStatus.AlreadyThere ? result with { Status = PutStatus.Unauthorized } : result;
    }
}
