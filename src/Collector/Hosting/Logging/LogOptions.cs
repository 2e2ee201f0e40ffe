using Collector.Configuration;

namespace Collector.Hosting.Logging;

/// <summary><c>telemetry.log</c>.</summary>
public sealed record LogOptions(LogLevel Level = LogLevel.Information, LogFormat Format = LogFormat.Json)
{
    /// <summary>Standard error is a terminal with a progress line (<see cref="OnceProgress"/>): each entry replaces it.</summary>
    public bool ErasesProgress { get; init; }
}

/// <summary>The content of one log line, before it is formatted.</summary>
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

    /// <summary>Entries of this template that were suppressed since the last written one.</summary>
    public long Suppressed { get; init; }
}
