using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>Keeps the messages for those who ask.</summary>
internal sealed class QuietLogger : ILogger
{
    public static QuietLogger Instance { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => false;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
    }
}
