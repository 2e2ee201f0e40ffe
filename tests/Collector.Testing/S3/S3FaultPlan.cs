using System.Collections.Concurrent;

namespace Collector.Testing.S3;

/// <summary>Which fault meets which request. Thread safe.</summary>
/// <param name="next">Asked once for each request.</param>
public sealed class S3FaultPlan(Func<S3Fault> next)
{
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(2);

    /// <summary>Every request is served.</summary>
    public static S3FaultPlan None { get; } = new(() => S3Fault.None);

    public S3Fault Next() => next();

    /// <summary>Every request meets the same: a window, until the plan is switched again.</summary>
    public static S3FaultPlan Always(S3Fault fault) => new(() => fault);

    /// <summary>One a request, in this order; then none.</summary>
    public static S3FaultPlan Script(params S3Fault[] faults)
    {
        var left = new ConcurrentQueue<S3Fault>(faults);
        return new S3FaultPlan(() => left.TryDequeue(out var fault) ? fault : S3Fault.None);
    }

    /// <summary>Each of these to the given share of requests, 0 to 1; the rest is served. The same seed gives the same sequence.</summary>
    public static S3FaultPlan Random(int seed, params (S3Fault Fault, double Share)[] shares)
    {
        var random = new Random(seed);
        return new S3FaultPlan(() =>
        {
            double draw;
            lock (random)
            {
                draw = random.NextDouble();
            }

            foreach (var (fault, share) in shares)
            {
                if (draw < share)
                    return fault;
                draw -= share;
            }

            return S3Fault.None;
        });
    }
}
