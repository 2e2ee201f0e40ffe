using Collector.Testing.Mix;
using Collector.Testing.S3;

namespace Collector.Torture.Troubles;

/// <summary>
/// The S3 endpoint of a run: s3rver on a directory, the strict endpoint before it, and what it does to requests: a little of
/// everything all the time, and windows of one thing alone.
/// </summary>
internal sealed class S3Troubles : IDisposable
{
    public const string Bucket = "logs";

    private const double Share = 0.02;

    private static readonly S3Fault[] s_windows =
    [
        S3Fault.SlowDown, S3Fault.ExpiredToken, S3Fault.AccessDenied, S3Fault.InternalError, S3Fault.Unavailable,
        S3Fault.Hang, S3Fault.HangAfterBody, S3Fault.Reset, S3Fault.ResetInBody, S3Fault.LostResponse,
        S3Fault.Page, S3Fault.EmptySuccess, S3Fault.StrangePrecondition, S3Fault.TooLarge, S3Fault.Repeated,
    ];

    private readonly S3Rver _server;
    private readonly S3FaultPlan _drizzle;

    public S3Troubles(string directory, ulong seed)
    {
        Directory.CreateDirectory(directory);
        _server = S3Rver.Start(directory);
        _server.CreateBucket(Bucket);
        Endpoint = StrictS3.StartAsync(_server.Endpoint).GetAwaiter().GetResult();
        // What a balancer has sent twice is known again by a look, and else sent once more, counted: the account has no place for that.
        Endpoint.MayLook = true;

        // An object that is rejected while others are stored is quarantined, as it should be, and the account would miss it.
        _drizzle = S3FaultPlan.Random((int)seed, [.. Enum.GetValues<S3Fault>().Where(f => f is not S3Fault.None and not S3Fault.Rejected).Select(f => (f, Share))]);
        Endpoint.Faults = _drizzle;
    }

    public StrictS3 Endpoint { get; }

    public Action Begin(SeededRandom random)
    {
        Endpoint.Faults = S3FaultPlan.Always(s_windows[random.Below(s_windows.Length)]);
        return () => Endpoint.Faults = _drizzle;
    }

    /// <summary>From now on every request is served.</summary>
    public void End() => Endpoint.Faults = S3FaultPlan.None;

    public void Dispose()
    {
        Endpoint.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _server.Dispose();
    }
}
