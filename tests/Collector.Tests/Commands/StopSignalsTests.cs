using System.Runtime.InteropServices;
using Collector.Commands;
using Xunit;

namespace Collector.Tests.Commands;

public sealed class StopSignalsTests
{
    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGTERM)]
    public void The_first_signal_asks_to_stop_and_the_second_to_stop_at_once(PosixSignal first, PosixSignal second)
    {
        using var signals = StopSignals.Listen();
        Assert.Equal((false, false), Tokens(signals));

        signals.Receive(new PosixSignalContext(first));
        Assert.Equal((true, false), Tokens(signals));

        signals.Receive(new PosixSignalContext(second));
        Assert.Equal((true, true), Tokens(signals));
    }

    [Fact]
    public void A_signal_does_not_end_the_process_by_itself()
    {
        using var signals = StopSignals.Listen();
        var context = new PosixSignalContext(PosixSignal.SIGTERM);

        signals.Receive(context);

        Assert.True(context.Cancel);
    }

    private static (bool Stop, bool HardStop) Tokens(StopSignals signals) =>
        (signals.Stop.IsCancellationRequested, signals.HardStop.IsCancellationRequested);
}
