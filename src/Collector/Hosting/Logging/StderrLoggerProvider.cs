namespace Collector.Hosting.Logging;

/// <summary>
/// Writes each entry as one line to standard error: at once and in one write, so that a crash loses none. No caller hangs when
/// standard error is not read (<see cref="LineOutput"/>). Thread safe.
/// </summary>
public sealed class StderrLoggerProvider : ILoggerProvider
{
    /// <summary>Suppressed lines of a template that has gone quiet are reported after at most this long.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(30);

    private readonly LogOptions _options;
    private readonly LineOutput _output;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly LineWriter _line = new();
    private readonly LogRateLimiter _limiter;
    private readonly ITimer _tellTimer;
    private bool _disposed;

    /// <param name="options">Level and format.</param>
    /// <param name="output">Where lines go; stays open.</param>
    /// <param name="clock">For the time of an entry and the rate limit.</param>
    public StderrLoggerProvider(LogOptions options, Stream output, TimeProvider clock)
    {
        _options = options;
        _output = new LineOutput(output, SayLost);
        _clock = clock;
        _limiter = new LogRateLimiter(clock);
        _tellTimer = clock.CreateTimer(_ => TellSuppressed(), state: null, TellEvery, TellEvery);
    }

    /// <summary>A factory whose only provider is this one, on standard error.</summary>
    public static ILoggerFactory CreateFactory(LogOptions options) =>
        LoggerFactory.Create(builder => builder
            .SetMinimumLevel(options.Level)
            .AddProvider(new StderrLoggerProvider(options, Console.OpenStandardError(), TimeProvider.System)));

    public ILogger CreateLogger(string categoryName) => new StderrLogger(this, ShortName(categoryName));

    /// <summary>Reports suppressed lines, and writes nothing more.</summary>
    public void Dispose()
    {
        _tellTimer.Dispose();
        TellSuppressed();
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _output.Dispose();
                _line.Dispose();
            }
        }
    }

    internal bool IsEnabled(LogLevel level) => level != LogLevel.None && level >= _options.Level;

    /// <summary>Writes it now, or later, or counts it (<see cref="LogRateLimiter"/>).</summary>
    internal void Write(LogKey key, LogEntry entry)
    {
        entry = entry with { Time = _clock.GetUtcNow() };
        if (_limiter.TryTake(key, entry, out var suppressed))
            Write(entry with { Suppressed = suppressed });
    }

    private void Write(LogEntry entry)
    {
        lock (_gate)
        {
            if (_disposed)
                return;

            LogFormatter.Write(_line, entry, _options);
            _output.Write(_line.Written);
        }
    }

    /// <summary>The last suppressed line of each kind that was not reported yet, with its own time, and the number of the others.</summary>
    internal void TellSuppressed()
    {
        foreach (var last in _limiter.TakeSuppressed())
        {
            Write(last);
        }
    }

    private byte[] SayLost(long lines)
    {
        using var line = new LineWriter();
        var entry = new LogEntry { Level = LogLevel.Warning, Logger = "log", Message = $"{lines} lines of this log were lost, because nobody read standard error", Time = _clock.GetUtcNow() };
        LogFormatter.Write(line, entry, _options);
        return line.Written.ToArray();
    }

    private static string ShortName(string category) => category[(category.LastIndexOf('.') + 1)..];
}
