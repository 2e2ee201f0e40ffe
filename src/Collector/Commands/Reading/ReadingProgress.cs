using Collector.Pipeline.Diagnostics;
using Collector.Reading;

namespace Collector.Commands.Reading;

/// <summary>
/// Shows progress on standard error when reading takes longer than a second, until the first line is printed on the same terminal.
/// </summary>
internal sealed class ReadingProgress : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>In a file every line stays.</summary>
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private readonly PatientReader _reader;
    private readonly Findings _findings;
    private readonly TextWriter _error;
    private readonly bool _isTerminal;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private readonly DateTime _started = DateTime.UtcNow;
    private bool _isShown;
    private bool _isOver;

    public ReadingProgress(PatientReader reader, Findings findings, TextWriter error)
    {
        (_reader, _findings, _error) = (reader, findings, error);
        _isTerminal = error is StandardWriter { IsTerminal: true };
        _timer = new Timer(_ => Say(), null, Patience, _isTerminal ? Patience : Seldom);
    }

    /// <summary>The number to read; 0: not known yet.</summary>
    public int Objects { get; set; }

    /// <summary>Lines are printed: on the same terminal they show enough progress.</summary>
    public void Quiet()
    {
        if (_isTerminal && !Console.IsOutputRedirected)
            End();
    }

    /// <summary>Ends the progress and erases its line.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            if (_isShown && _isTerminal)
                _error.Write("\r\e[K");
            _isShown = false;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        End();
    }

    private void Say()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            var read = Math.Min(_findings.ObjectsRead, Objects);
            var left = read > 0 ? $", about {(DateTime.UtcNow - _started).TotalSeconds / read * (Objects - read):0} s left" : "";
            var text = $"{Counted.Of(_reader.Requests, "request")}, {_reader.Bytes / 1e6:0.0} MB{(Objects > 0 ? $", {read} of {Objects} objects{left}" : ", listing")}";
            _error.Write(_isTerminal ? $"\r\e[K{text}" : text + "\n");
            _isShown = true;
        }
    }
}
