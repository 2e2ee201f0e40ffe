using System.Text;
using Collector.Configuration;
using Collector.Hosting.Logging;
using Collector.Tests.Endpoints;
using Microsoft.Extensions.Logging;

namespace Collector.Tests.Logging;

/// <summary>A provider that writes into memory, and what it has written.</summary>
internal sealed class LogOutput : IDisposable
{
    private readonly MemoryStream _stream = new();

    public LogOutput(LogFormat format, LogLevel level = LogLevel.Information) =>
        Provider = new StderrLoggerProvider(new LogOptions(level, format), _stream, Clock);

    public SteppedClock Clock { get; } = new();

    public StderrLoggerProvider Provider { get; }

    public string Text => Encoding.UTF8.GetString(_stream.ToArray());

    /// <summary>What was written, split at the line feeds that end lines.</summary>
    public string[] Lines => Text.Split('\n')[..^1];

    public ILogger Logger(string category = "Collector.Pipeline.Tailing.Tailer") => Provider.CreateLogger(category);

    public void Dispose()
    {
        Provider.Dispose();
        _stream.Dispose();
    }
}
