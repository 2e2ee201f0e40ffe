using Collector.Configuration;

namespace Collector.Hosting.Logging;

/// <summary><c>telemetry.log</c>.</summary>
public sealed record LogOptions(LogLevel Level = LogLevel.Information, LogFormat Format = LogFormat.Json)
{
    /// <summary>Standard error is a terminal on which a line of progress may stand (<see cref="OnceProgress"/>): each entry takes its place.</summary>
    public bool ErasesProgress { get; init; }
}

/// <summary>What one log line says, before it is written in a format.</summary>
internal readonly record struct LogEntry
{
    /// <summary>Set by the provider.</summary>
    public DateTimeOffset Time { get; init; }

    public required LogLevel Level { get; init; }

    public required string Logger { get; init; }

    public required string Message { get; init; }

    /// <summary>The message's parameters, under the names in its template.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? Fields { get; init; }

    public Exception? Exception { get; init; }

    /// <summary>Entries of this template that were not written since the last one that was.</summary>
    public long Suppressed { get; init; }
}
