namespace Collector.Pipeline.Sources.Files;

/// <summary>A log file as it was written.</summary>
internal sealed class PlainFile(ISourceHandle handle, FileStatus status) : SourceFile(handle, status)
{
    private const int Piece = 64 * 1024;

    public override long? ToldLength => null;

    public override bool EndsWithLength(long length) => TryGetStatus(out var status) && status.Size == length;

    public override int Read(Span<byte> buffer, long offset) => Handle.Read(buffer, offset);

    public override long LastLineEnd(long size)
    {
        var piece = new byte[Piece];
        for (var end = size; end > 0; end -= Piece)
        {
            var from = Math.Max(0, end - Piece);
            var at = piece.AsSpan(0, Read(piece.AsSpan(0, (int)(end - from)), from)).LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return from + at + 1;
            }
        }

        return 0;
    }
}
