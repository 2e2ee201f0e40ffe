using Collector.EndToEnd.Helpers;
using Collector.Testing.S3;

namespace Collector.EndToEnd.Harness;

/// <summary>One s3rver for the tests of a class; each has buckets of its own.</summary>
public sealed class S3Server : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly S3Rver server;
    private int buckets;

    public S3Server() => server = S3Rver.Start(directory.Path);

    public void Dispose()
    {
        server.Dispose();
        directory.Dispose();
    }

    /// <summary>A new bucket behind a strict endpoint of its own.</summary>
    /// <param name="name">Null: one of its own.</param>
    internal Bucket Open(string? name = null)
    {
        name ??= $"bucket-{Interlocked.Increment(ref buckets)}";
        server.CreateBucket(name);
        return new Bucket(StrictS3.StartAsync(server.Endpoint).GetAwaiter().GetResult(), name, directory.Sub(name)) { Behind = server.Endpoint };
    }
}
