using System.Buffers;
using Collector.Reading.Lines;

namespace Collector.Reading.Export;

/// <summary>Records as they are stored.</summary>
internal sealed class JsonlFile(string path, bool overwrites) : ExportFile(path, overwrites)
{
    private const int Enough = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new(Enough);

    public override async ValueTask AddAsync(LogLine line, CancellationToken cancellation)
    {
        RecordJson.Write(_buffer, line);
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= Enough)
            await FlushAsync(cancellation).ConfigureAwait(false);
    }

    public override async Task FlushAsync(CancellationToken cancellation)
    {
        await Stream.WriteAsync(_buffer.WrittenMemory, cancellation).ConfigureAwait(false);
        _buffer.ResetWrittenCount();
    }
}
