using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Collector.Commands.Reading.Ui;

/// <summary>
/// A streamed answer of JSON lines: sent soon when lines are few, and at most <see cref="Enough"/> ahead of the reader. A reader
/// that has gone causes an <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed class AnswerLines : IDisposable
{
    private const int Enough = 64 * 1024;
    private const int TicksOfProgress = 4;

    /// <summary>
    /// A reader that does not accept <see cref="Enough"/> in this time is not looking, and blocks a place. (Kestrel's own limit is
    /// an average: what fits into the socket buffers at first counts for many minutes.)
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly HttpContext _context;
    private readonly Action<Utf8JsonWriter> _progress;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * Enough);
    private readonly Utf8JsonWriter _json;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _over;

    /// <param name="context">The response's context.</param>
    /// <param name="progress">Writes the progress properties; on any thread, each second.</param>
    public AnswerLines(HttpContext context, Action<Utf8JsonWriter> progress)
    {
        (_context, _progress) = (context, progress);
        // Browsers do not treat it as markup: its type is JSON, and nosniff enforces that.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
    }

    /// <summary>Writes one object with the properties that the callback writes.</summary>
    public ValueTask AddAsync(Action<Utf8JsonWriter> properties)
    {
        bool isFull;
        lock (_lock)
        {
            _json.WriteStartObject();
            properties(_json);
            _json.WriteEndObject();
            _json.Flush();
            _json.Reset();
            _buffer.Write("\n"u8);
            isFull = _buffer.WrittenCount >= Enough;
        }

        return isFull ? new ValueTask(SendAsync()) : ValueTask.CompletedTask;
    }

    /// <summary>The text so far is sent when it returns.</summary>
    public async Task SendAsync()
    {
        await _sending.WaitAsync(_context.RequestAborted);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted);
        patience.CancelAfter(Patience);
        try
        {
            lock (_lock)
            {
                _context.Response.BodyWriter.Write(_buffer.WrittenSpan);
                _buffer.ResetWrittenCount();
            }

            await _context.Response.BodyWriter.FlushAsync(patience.Token);
            _context.RequestAborted.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            // Work that waits for a turn to send, or for the store, ends with it.
            _context.Abort();
            throw;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends what <paramref name="answer"/> adds, while it runs, and the rest when it has ended.</summary>
    public async Task RunAsync(Func<Task> answer)
    {
        var ticking = TickAsync();
        try
        {
            await answer();
        }
        finally
        {
            await _over.CancelAsync();
            await ticking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await SendAsync();
    }

    public void Dispose()
    {
        _json.Dispose();
        _over.Dispose();
        _sending.Dispose();
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        for (var tick = 1; await timer.WaitForNextTickAsync(_over.Token); tick++)
        {
            if (tick % TicksOfProgress == 0)
            {
                await AddAsync(json =>
                {
                    json.WriteStartObject("progress");
                    _progress(json);
                    json.WriteEndObject();
                });
            }

            await SendAsync();
        }
    }
}
