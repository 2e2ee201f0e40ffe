namespace Collector.Hosting.Logging;

/// <summary>The logger of one category; see <see cref="StderrLoggerProvider"/>.</summary>
internal sealed class StderrLogger : ILogger
{
    private const string TemplateField = "{OriginalFormat}";

    private readonly StderrLoggerProvider _provider;
    private readonly string _name;

    public StderrLogger(StderrLoggerProvider provider, string name)
    {
        _provider = provider;
        _name = name;
    }

    /// <summary>Scopes are not written: all values of an entry are in its template.</summary>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => _provider.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;

        var fields = state as IReadOnlyList<KeyValuePair<string, object?>>;
        _provider.Write(new LogKey(_name, TemplateOf(fields), SubjectOf(fields)), new LogEntry
        {
            Level = logLevel,
            Logger = _name,
            Message = formatter(state, exception),
            Fields = fields,
            Exception = exception,
        });
    }

    // Only what the configuration bounds: paths and pods are without number. A line that is its text alone is of its own kind.
    private static string SubjectOf(IReadOnlyList<KeyValuePair<string, object?>>? fields)
    {
        foreach (var (name, value) in fields ?? [])
        {
            if (name is "Output" or "Source" or "Message")
                return value?.ToString() ?? "";
        }

        return "";
    }

    // By convention of the logging abstractions the template is the last field.
    private static string TemplateOf(IReadOnlyList<KeyValuePair<string, object?>>? fields) =>
        fields is [.., { Key: TemplateField, Value: string template }] ? template : "";
}
