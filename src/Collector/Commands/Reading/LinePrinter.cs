using System.Buffers;
using System.Text;
using Collector.Pipeline.Records;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Commands.Reading;

/// <summary>How lines are printed.</summary>
internal enum LineForm
{
    Text,
    Raw,
    Jsonl,
}

/// <summary>The format, and what to print beside the text.</summary>
internal sealed record LineStyle(LineForm Form)
{
    public bool HasTimestamps { get; init; }

    public bool HasPrefix { get; init; }

    public bool HasNamespaces { get; init; }

    public bool HasColor { get; init; }

    /// <summary>For people: control characters of a log line are shown and not sent to the terminal, except colours.</summary>
    public bool IsForTerminal { get; init; }

    /// <summary>The search pattern, for colours.</summary>
    public TextPattern? Highlight { get; init; }
}

/// <summary>
/// Prints lines into a stream, which it disposes. Printed text arrives within <see cref="FlushEvery"/>. After the reader has closed
/// the pipe, <see cref="IsClosed"/> is true and all calls do nothing.
/// </summary>
internal sealed class LinePrinter : IDisposable
{
    private const int Enough = 64 * 1024;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(200);
    private static readonly string[] Colors = ["\e[36m", "\e[32m", "\e[33m", "\e[35m", "\e[34m", "\e[96m", "\e[92m", "\e[93m", "\e[95m", "\e[94m"];

    private readonly Stream _to;
    private LineStyle _style;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * Enough);
    private readonly Lock _lock = new();
    private readonly Timer _timer;

    public LinePrinter(Stream to, LineStyle style)
    {
        (_to, _style) = (to, style);
        _timer = new Timer(_ => Flush(), null, FlushEvery, FlushEvery);
    }

    public bool IsClosed { get; private set; }

    /// <summary>Why it is closed, if not because the reader closed the pipe.</summary>
    public OutputLostException? Lost { get; private set; }

    /// <summary>Called once it is known what will be printed.</summary>
    public void Use(LineStyle style)
    {
        lock (_lock)
            _style = style;
    }

    public void Print(LogLine line)
    {
        lock (_lock)
        {
            if (line.IsAfterGap && _style.Form == LineForm.Text)
                _buffer.Write("--\n"u8);
            switch (_style.Form)
            {
                case LineForm.Raw:
                    _buffer.Write(line.Text);
                    break;
                case LineForm.Jsonl:
                    RecordJson.Write(_buffer, line);
                    break;
                default:
                    WriteText(line);
                    break;
            }

            _buffer.Write("\n"u8);
            if (_buffer.WrittenCount >= Enough)
                Flush();
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            try
            {
                if (!IsClosed && _buffer.WrittenCount > 0)
                {
                    _to.Write(_buffer.WrittenSpan);
                    _to.Flush();
                }
            }
            catch (IOException)
            {
                IsClosed = true;
            }
            catch (OutputLostException e)
            {
                // Kept for the printing thread: a timer's thread has no caller to throw to.
                (IsClosed, Lost) = (true, e);
            }

            _buffer.ResetWrittenCount();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
        try
        {
            _to.Dispose();
        }
        catch (IOException)
        {
            IsClosed = true;
        }
    }

    private void WriteText(LogLine line)
    {
        if (_style.HasPrefix)
        {
            var name = TerminalText.OneLine($"{(_style.HasNamespaces ? line.Source.Namespace + "/" : "")}{line.Source.Pod}/{line.Source.Container}");
            Write(_style.HasColor ? $"{Colors[(int)(Hash(name) % (uint)Colors.Length)]}[{name}]\e[0m " : $"[{name}] ");
        }

        if (_style.HasTimestamps && line.Time is { } time)
        {
            var text = _buffer.GetSpan(RecordTime.FormattedLength);
            _buffer.Advance(time.Format(text));
            _buffer.Write(" "u8);
        }

        if (_style.HasColor)
            WriteColored(line);
        else if (_style.IsForTerminal)
            Write(TerminalText.Of(Encoding.UTF8.GetString(line.Text)));
        else
            _buffer.Write(line.Text);
    }

    private void WriteColored(LogLine line)
    {
        var text = Encoding.UTF8.GetString(line.Text);
        if (line.IsContext)
        {
            Write($"\e[2m{TerminalText.Of(text)}\e[0m");
            return;
        }

        var done = 0;
        foreach (var (start, length) in _style.Highlight?.Find(text) ?? [])
        {
            if (length == 0)
                continue;
            Write(TerminalText.Of(text[done..start]));
            Write($"\e[1;31m{TerminalText.Of(text.Substring(start, length))}\e[0m");
            done = start + length;
        }

        Write(TerminalText.Of(text[done..]));
        if (text.Contains('\e', StringComparison.Ordinal))
            Write("\e[0m");
    }

    private void Write(string text)
    {
        var span = _buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _buffer.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    /// <summary>The same in every process, unlike a string's own.</summary>
    private static uint Hash(string text) => text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u);
}
