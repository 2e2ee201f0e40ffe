using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Collector.Commands.Reading.Ui;

/// <summary>
/// An answer of JSON lines, sent as they come: soon when they are few, and no further ahead of who reads than <see cref="Enough"/>.
/// Who is gone makes it an <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed class AnswerLines : IDisposable
{
    private const int Enough = 64 * 1024;
    private const int TicksOfProgress = 4;

    /// <summary>Who does not take <see cref="Enough"/> in that time is not looking, and holds a place. (Kestrel's own limit is one of the
    /// mean: what fits into the sockets' buffers at first counts for many minutes.)</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly HttpContext _context;
    private readonly Action<Utf8JsonWriter> _progress;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * Enough);
    private readonly Utf8JsonWriter _json;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _over;

    /// <param name="context">Whose response it is.</param>
    /// <param name="progress">Writes properties that say how far it is; on any thread, each second.</param>
    public AnswerLines(HttpContext context, Action<Utf8JsonWriter> progress)
    {
        (_context, _progress) = (context, progress);
        // No browser takes it for markup: its type says JSON, and nosniff that it is meant.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
    }

    /// <summary>Writes one object; what is written are its properties.</summary>
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

    /// <summary>What was added so far is sent when it returns.</summary>
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
            // What waits for a turn to send, or for the store, ends with it.
            _context.Abort();
            throw;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends what <paramref name="answer"/> adds, while it does, and the rest when it has ended.</summary>
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
