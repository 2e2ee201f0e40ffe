using Collector.Testing.S3;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>One s3rver for a class of tests; each test takes a bucket of its own.</summary>
public sealed class S3RverFixture : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("s3rver-").FullName;
    private int _buckets;

    public S3RverFixture() => Server = S3Rver.Start(_directory);

    public S3Rver Server { get; }

    public string NewBucket()
    {
        var bucket = $"bucket-{Interlocked.Increment(ref _buckets)}";
        Server.CreateBucket(bucket);
        return bucket;
    }

    public void Dispose()
    {
        Server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
