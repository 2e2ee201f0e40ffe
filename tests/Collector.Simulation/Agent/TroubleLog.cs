using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Microsoft.Extensions.Logging;

namespace Collector.Simulation.Agent;

/// <summary>Keeps what the agent says in earnest: to show beside a failure, and to see that no loss is only said.</summary>
/// <param name="clock">Tells when it was said.</param>
/// <param name="least">What is kept.</param>
internal sealed class TroubleLog(ManualClock clock, LogLevel least) : ILogger
{
    private const int Most = 20_000;

    public List<(TimeSpan At, LogLevel Level, string Message)> Lines { get; } = [];

    /// <summary>Exceptions that no simulated fault causes.</summary>
    public List<string> Unexpected { get; } = [];

    /// <summary>A death comes as an exception, which a process does not survive: what the same life does behind it says nothing.</summary>
    public bool IsDying { get; set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        IsDying |= exception is SimulatedCrashException;
        if (!IsDying && exception is not (null or StorageException) && Unexpected.Count < Most)
        {
            Unexpected.Add($"{formatter(state, exception)}: {exception}");
        }

        if (IsEnabled(logLevel) && Lines.Count < Most)
        {
            Lines.Add((clock.Elapsed, logLevel, formatter(state, exception) + (exception is null ? "" : $": {exception.GetType().Name}: {exception.Message}")));
        }
    }
}
