using System.Security.Cryptography;
using Collector.Pipeline.Upload;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>
/// An object store in memory whose answers a test scripts. What it enforces of a real store, and of what is promised to one,
/// as a line in <see cref="Violations"/>: a key that is sent again carries the same bytes, type and metadata, even if no
/// earlier attempt was answered; at most one attempt is in flight for a prefix; the objects of a prefix appear in key order;
/// the body is as long as announced and has the announced SHA-256, which is also in the metadata; the body is closed.
/// "Only if absent" is honoured. Not enforced: a limit on size or rate, and credentials. Thread safe.
/// </summary>
internal sealed class ScriptedStore(TimeProvider clock) : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _newest = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inFlight = new(StringComparer.Ordinal);
    private readonly List<StoreCall> _calls = [];
    private readonly List<string> _violations = [];

    /// <summary>Decides about each attempt, before its body is read.</summary>
    public Func<StoreCall, StoreAnswer> Script { get; set; } = _ => StoreAnswer.Store;

    public string Description => "scripted";

    public DateTimeOffset? CredentialExpiry => null;

    /// <summary>All attempts, in the order in which they began.</summary>
    public IReadOnlyList<StoreCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>The keys in order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>All lines of all objects, in key order.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.OrderBy(o => o.Key, StringComparer.Ordinal)
                    .SelectMany(o => System.Text.Encoding.UTF8.GetString(o.Value).Split('\n', StringSplitOptions.RemoveEmptyEntries))];
            }
        }
    }

    public static string PrefixOf(string key) => key[..(key.LastIndexOf('/') + 1)];

    /// <summary>Puts another's object there.</summary>
    public void PutForeign(string key)
    {
        lock (_gate)
        {
            _objects.Add(key, "foreign\n"u8.ToArray());
        }
    }

    public async Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        var call = Begin(item);
        using var inFlight = Enter(call, cancellationToken);
        var answer = Script(call);
        if (answer.Error is not null)
        {
            throw answer.Error;
        }

        if (answer.Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, answer.HearsCancellation ? cancellationToken : CancellationToken.None);
        }

        if (answer.IsRepeated)
        {
            Store(item, ReadBody(item));
        }

        var stored = answer.Stores ? Store(item, ReadBody(item)) : PutResult.Stored;
        return answer.Result ?? stored;
    }

    /// <summary>Whether the identity may look at what is there.</summary>
    public bool MayLook { get; set; }

    /// <summary>So many looks are answered by nobody.</summary>
    public int BlindLooks { get; set; }

    public Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        var body = ReadBody(item);
        if (BlindLooks-- > 0)
        {
            return Task.FromResult(Sight.Unanswered);
        }

        lock (_gate)
        {
            return Task.FromResult(MayLook && _objects.TryGetValue(item.Key, out var there) && there.AsSpan().SequenceEqual(body) ? Sight.Ours : Sight.NotShown);
        }
    }

    public Task<PutResult> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(PutResult.Stored);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private StoreCall Begin(ObjectToPut item)
    {
        lock (_gate)
        {
            var call = new StoreCall(item.Key, _calls.Count(c => c.Key == item.Key) + 1, item.OnlyIfAbsent, clock.GetElapsedTime(0));
            _calls.Add(call);
            var description = $"{Convert.ToHexString(item.Sha256.Span)} {item.ContentType} {string.Join(' ', item.Metadata)}";
            Require(_sent.TryAdd(item.Key, description) || _sent[item.Key] == description, $"{item.Key} was sent as something else");
            return call;
        }
    }

    /// <summary>An attempt that was cancelled is in flight no more, whether it has noticed or not.</summary>
    private Exit Enter(StoreCall call, CancellationToken cancellation)
    {
        var prefix = PrefixOf(call.Key);
        lock (_gate)
        {
            Require(_inFlight.Add(prefix), $"a second attempt for {prefix}");
        }

        void Leave()
        {
            lock (_gate)
            {
                _inFlight.Remove(prefix);
            }
        }

        return new Exit(Leave, cancellation.Register(Leave));
    }

    private byte[] ReadBody(ObjectToPut item)
    {
        var body = item.OpenBody();
        using (body)
        {
            using var copy = new MemoryStream();
            body.CopyTo(copy);
            var bytes = copy.ToArray();
            var sha256 = SHA256.HashData(bytes);
            lock (_gate)
            {
                Require(bytes.Length == item.Length && body.Length == item.Length, $"{item.Key} has {bytes.Length} bytes, not {item.Length}");
                Require(item.Sha256.Span.SequenceEqual(sha256), $"{item.Key} has another SHA-256");
                Require(item.Metadata["sha256"] == Convert.ToHexStringLower(sha256), $"{item.Key} says another SHA-256");
            }

            return bytes;
        }
    }

    private PutResult Store(ObjectToPut item, byte[] bytes)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(item.Key, out var there))
            {
                Require(item.OnlyIfAbsent || there.AsSpan().SequenceEqual(bytes), $"{item.Key} is overwritten with other bytes");
                return item.OnlyIfAbsent ? new PutResult(PutStatus.AlreadyThere, "it is there") : PutResult.Stored;
            }

            var prefix = PrefixOf(item.Key);
            Require(!_newest.TryGetValue(prefix, out var last) || string.CompareOrdinal(last, item.Key) < 0, $"{item.Key} appears behind {last}");
            _newest[prefix] = item.Key;
            _objects.Add(item.Key, bytes);
            return PutResult.Stored;
        }
    }

    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            _violations.Add(what);
        }
    }

    private sealed class Exit(Action leave, CancellationTokenRegistration registration) : IDisposable
    {
        public void Dispose()
        {
            if (registration.Unregister())
            {
                leave();
            }
        }
    }
}

/// <summary>One attempt, as the store sees it begin. <see cref="Number"/> counts the attempts at this key from 1; <see cref="At"/> is virtual time.</summary>
internal sealed record StoreCall(string Key, int Number, bool OnlyIfAbsent, TimeSpan At);

/// <summary>What the store does with an attempt.</summary>
internal sealed record StoreAnswer
{
    /// <summary>As a healthy store would.</summary>
    public static StoreAnswer Store { get; } = new() { Stores = true };

    /// <summary>No answer until the attempt is cancelled.</summary>
    public static StoreAnswer Hang { get; } = new() { Hangs = true, HearsCancellation = true };

    /// <summary>No answer at all, whoever cancels.</summary>
    public static StoreAnswer HangForever { get; } = new() { Hangs = true };

    public bool Stores { get; private init; }

    /// <summary>The request comes twice, and the second answer is given.</summary>
    public bool IsRepeated { get; private init; }

    public bool Hangs { get; private init; }

    public bool HearsCancellation { get; private init; }

    /// <summary>What is said; null: what is true.</summary>
    public PutResult? Result { get; private init; }

    public Exception? Error { get; private init; }

    public static StoreAnswer Refuse(PutStatus status, TimeSpan? retryAfter = null) => new() { Result = new PutResult(status, $"scripted {status}", retryAfter) };

    /// <summary>A balancer on the way sends the request twice.</summary>
    public static StoreAnswer Repeat { get; } = new() { Stores = true, IsRepeated = true };

    /// <summary>The object is stored, the answer lost on the way.</summary>
    public static StoreAnswer StoreAndLoseTheAnswer() => new() { Stores = true, Result = new PutResult(PutStatus.Unavailable, "connection reset") };

    public static StoreAnswer Throw(Exception error) => new() { Error = error };
}
