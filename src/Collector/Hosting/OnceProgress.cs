using System.Globalization;
using Collector.Pipeline.Diagnostics;

namespace Collector.Hosting;

/// <summary>
/// The progress of <c>run --once</c>, as one line at the bottom of a terminal. The cursor stays at the line's beginning, so that
/// the next line, of progress or of the log, replaces it. The line is erased on dispose: the totals are in the log.
/// </summary>
internal sealed class OnceProgress : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly TextWriter _terminal;
    private readonly Func<BooksSnapshot> _books;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private bool _isOver;

    /// <summary>Begins at once, so that a person sees that something happens.</summary>
    public OnceProgress(TextWriter terminal, Func<BooksSnapshot> books, TimeProvider clock)
    {
        (_terminal, _books) = (terminal, books);
        _timer = clock.CreateTimer(_ => Show(), state: null, TimeSpan.Zero, Every);
    }

    /// <summary>Clears the line from the cursor on (ECMA-48, EL).</summary>
    public static ReadOnlySpan<byte> Erase => "\e[K"u8;

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _isOver = true;
            _terminal.Write("\e[K");
        }
    }

    private void Show()
    {
        lock (_gate)
        {
            if (!_isOver)
                _terminal.Write($"\e[K{Text(_books())}\r");
        }
    }

    /// <summary>Short enough for a terminal of 80 columns: a line that wraps could not be written over.</summary>
    internal static string Text(BooksSnapshot books)
    {
        var files = books.Tail.Open + books.Tail.Idle + books.Tail.Deleted;
        var left = books.Tail.LagBytes > 0 ? $" ({Fullness.Bytes(books.Tail.LagBytes)} to go)" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Counted.Of(files, "file")}, {Fullness.Bytes(books.Sources.Sum(s => s.Figures.Bytes))} read{left}, {Counted.Of(books.Outputs.Sum(o => o.Figures.UploadedObjects), "object")} stored");
    }
}
