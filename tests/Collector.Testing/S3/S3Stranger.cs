using Microsoft.AspNetCore.Http;

namespace Collector.Testing.S3;

/// <summary>What others on the way say in the store's place, to whatever is asked: portals, proxies, firewalls.</summary>
internal sealed record S3Stranger(int Status, string Page, string? ETag)
{
    /// <summary>Null: the store itself answers.</summary>
    public static S3Stranger? Of(S3Fault fault) => fault switch
    {
        S3Fault.Page => new S3Stranger(StatusCodes.Status200OK, "<!DOCTYPE html><html><body>Sign in</body></html>", "\"65f1c2a0-264\""),
        S3Fault.EmptySuccess => new S3Stranger(StatusCodes.Status204NoContent, "", null),
        S3Fault.StrangePrecondition => new S3Stranger(StatusCodes.Status412PreconditionFailed, "", null),
        S3Fault.TooLarge => new S3Stranger(StatusCodes.Status413PayloadTooLarge, "<html><head><title>413 Request Entity Too Large</title></head></html>", null),
        _ => null,
    };
}
