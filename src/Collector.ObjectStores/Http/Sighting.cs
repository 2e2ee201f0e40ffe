using System.Net;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>Translates the answer to a HEAD of an object.</summary>
internal static class Sighting
{
    /// <param name="answer">To the look.</param>
    /// <param name="isOurs">The answer has our checksum.</param>
    public static Sight Of(StoreAnswer answer, bool isOurs)
    {
        if (answer.Failure is not null || IsPassing(answer.Status))
            return Sight.Unanswered;
        return isOurs && answer.Status == HttpStatusCode.OK ? Sight.Ours : Sight.NotShown;
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
