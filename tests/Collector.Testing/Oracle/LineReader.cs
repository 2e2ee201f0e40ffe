namespace Collector.Testing.Oracle;

/// <summary>Cuts a stream into lines; keeps no more than the longest line. Does not own the stream.</summary>
internal sealed class LineReader(Stream stream)
{
    private byte[] buffer = new byte[256 * 1024];
    private int start, end;

    /// <summary>Bytes read so far.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>The next line without its newline, valid until the next call; false at the end.</summary>
    /// <param name="terminated">False for a last line without a newline.</param>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool terminated)
    {
        for (int scanned = 0; ;)
        {
            int newline = buffer.AsSpan(start + scanned, end - start - scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = buffer.AsSpan(start, scanned + newline);
                start += scanned + newline + 1;
                return terminated = true;
            }

            scanned = end - start;
            if (Fill()) continue;
            line = buffer.AsSpan(start, scanned);
            terminated = false;
            start = end;
            return scanned > 0;
        }
    }

    private bool Fill()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        int read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        TotalBytes += read;
        return read > 0;
    }
}
