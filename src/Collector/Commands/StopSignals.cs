using System.Runtime.InteropServices;

namespace Collector.Commands;

/// <summary>
/// SIGTERM and SIGINT as two tokens: the first signal asks for a shutdown, the second for an immediate one. SIGHUP ends a process
/// by default and means reload to many daemons; here it does neither, and is reported. SIGXFSZ, which also ends a process by default, is
/// ignored: the write that exceeds the limit of file sizes (ulimit -f, LimitFSIZE) fails, and is told like any error of the disk.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>Linux's number, on all of its architectures but MIPS.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

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
        signals.registrations.Add(PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true));
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
        // Without this the runtime would end the process itself.
        context.Cancel = true;
        lock (registrations)
            (stop.IsCancellationRequested ? hardStop : stop).Cancel();
    }
}
