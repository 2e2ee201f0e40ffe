using System.Runtime.InteropServices;

namespace Collector.Commands;

/// <summary>
/// SIGTERM and SIGINT as two tokens: the first signal asks to stop, the second to stop at once. SIGHUP, which ends a process by
/// itself and asks many daemons to read their configuration anew, does neither here, and is told.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource hardStop = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    private StopSignals()
    {
    }

    public CancellationToken Stop => stop.Token;

    public CancellationToken HardStop => hardStop.Token;

    /// <summary>Raised, on any thread, at each SIGHUP.</summary>
    public event Action? HungUp;

    public static StopSignals Listen()
    {
        var signals = new StopSignals();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
            signals.registrations.Add(PosixSignalRegistration.Create(signal, signals.Receive));
        signals.registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signals.ReceiveHangUp));
        return signals;
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        stop.Dispose();
        hardStop.Dispose();
    }

    private void ReceiveHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        HungUp?.Invoke();
    }

    /// <summary>One signal; the runtime calls it on any thread.</summary>
    internal void Receive(PosixSignalContext context)
    {
        // Else the runtime would end the process by itself.
        context.Cancel = true;
        lock (registrations)
            (stop.IsCancellationRequested ? hardStop : stop).Cancel();
    }
}
