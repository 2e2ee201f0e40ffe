using System.Collections.Concurrent;

namespace Collector.Testing.S3;

/// <summary>What a store was asked, and what it did: the amounts that a run prints. Thread safe.</summary>
public sealed class S3Tally
{
    private readonly ConcurrentDictionary<S3Fault, long> _injected = new();
    private readonly ConcurrentDictionary<string, long> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _violations = new();
    private long _requests, _ended;

    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Requests that were begun and are not ended.</summary>
    public long InFlight => Interlocked.Read(ref _requests) - Interlocked.Read(ref _ended);

    /// <summary>How often each fault was injected.</summary>
    public IReadOnlyDictionary<S3Fault, long> Injected => _injected;

    /// <summary>By S3's error code; "200" for an object that was stored.</summary>
    public IReadOnlyDictionary<string, long> Answers => _answers;

    /// <summary>What no honest client does; a run that has one has failed.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    public long Stored => _answers.GetValueOrDefault("200");

    internal void Requested() => Interlocked.Increment(ref _requests);

    internal void Ended() => Interlocked.Increment(ref _ended);

    internal void Inject(S3Fault fault) => _injected.AddOrUpdate(fault, 1, static (_, count) => count + 1);

    internal void Answer(string code) => _answers.AddOrUpdate(code, 1, static (_, count) => count + 1);

    internal void Violate(string what) => _violations.Enqueue(what);
}
