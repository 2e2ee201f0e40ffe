using Collector.Configuration;
using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;

namespace Collector.Hosting;

/// <summary>
/// Proves that every store can be written to, and that the Kubernetes API answers (<c>validate --connect</c>). It fails for
/// everything that a person must change: no write access, or an API that refuses for lasting reasons (credentials, RBAC, TLS). An
/// unreachable API is a warning: the agent collects without it, and reads the metadata when it is back (contract §1 does not make
/// it a mistake).
/// </summary>
internal static class Connectivity
{
    /// <summary>
    /// Prints a line for each output and resource, and warnings on <paramref name="warnings"/>; false when one of them fails.
    /// </summary>
    public static async Task<bool> CheckAsync(CollectorConfiguration config, TextWriter output, TextWriter warnings, CancellationToken cancellation)
    {
        var isFine = true;
        foreach (var configured in config.Outputs)
        {
            await using var store = StoreMapping.Create(configured);
            var result = await AskAsync(store.ProbeAsync, configured.Retry.AttemptTimeout, cancellation);
            var isWritable = result.Status is PutStatus.Stored;
            isFine &= isWritable;
            await output.WriteLineAsync($"outputs.{configured.Name}: {store.Description}: {Verdict(result, isWritable)}");
        }

        foreach (var (result, text) in await ApiProbe.AskAsync(config, Environment.GetEnvironmentVariable, ApiProbe.Patience, cancellation))
        {
            isFine &= result != ApiProbeResult.Refused;
            await (result == ApiProbeResult.Warning ? warnings : output).WriteLineAsync($"{(result == ApiProbeResult.Warning ? "warning: " : "")}kubernetes: {text}");
        }

        var (troubles, isThisNode) = RoomCheck.Ask(config);
        foreach (var trouble in troubles)
        {
            isFine &= !isThisNode;
            await (isThisNode ? output : warnings).WriteLineAsync(isThisNode ? trouble : $"warning: on this machine, where dataDir does not exist yet: {trouble}");
        }

        return isFine;
    }

    /// <summary>A store that hangs cannot be written to; the other stores are still tested.</summary>
    internal static async Task<PutResult> AskAsync(Func<CancellationToken, Task<PutResult>> ask, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        try
        {
            return await ask(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new PutResult(PutStatus.Unavailable, $"no answer within retry.attemptTimeout ({timeout.TotalSeconds} s)");
        }
        catch (Exception e) when (e is not OutOfMemoryException and not OperationCanceledException)
        {
            // S-147: whatever a file or a server causes, the other outputs are still tested.
            return new PutResult(PutStatus.Unavailable, $"the store cannot be tested: {WithoutSecrets.In(e.GetBaseException().Message)}");
        }
    }

    /// <summary>A refusal, in words and with the store's own.</summary>
    public static string Refusal(PutResult result) => result.Status switch
    {
        PutStatus.Unauthorized => $"access is refused: {result.Message}",
        PutStatus.Unavailable => $"the store cannot be used: {result.Message}",
        PutStatus.Throttled => $"the store asks to slow down: {result.Message}",
        _ => $"the store refuses the object ({result.Status}): {result.Message}",
    };

    private static string Verdict(PutResult result, bool isWritable) =>
        !isWritable ? Refusal(result) : result.Message.Length > 0 ? $"writable; {result.Message}" : "writable";
}
