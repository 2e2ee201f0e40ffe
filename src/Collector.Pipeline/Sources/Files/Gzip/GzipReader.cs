namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>
/// The decompressed bytes of a gzip file from its beginning on, all members as one stream (RFC 1952 §2.2). Damage ends it or is
/// skipped; it is reported, never thrown. It does not own the file. Read errors are <see cref="IOException"/>; after one only
/// <see cref="Dispose"/> may be called.
/// </summary>
internal sealed class GzipReader : IDisposable
{
    private readonly ISourceHandle _file;
    private readonly BitInput _input;
    private readonly Inflater _inflater;
    private bool _isInMember;
    private long _memberStart;
    private long _memberLength;
    private uint _crc;

    public GzipReader(ISourceHandle file)
    {
        _file = file;
        _input = new BitInput(file);
        _inflater = new Inflater(_input);
    }

    /// <summary>The offset of the next byte, in decompressed bytes.</summary>
    public long Position { get; private set; }

    /// <summary>There is no more to come.</summary>
    public bool IsOver { get; private set; }

    public bool IsDamaged { get; private set; }

    /// <summary>The damage is that the file ends too early, like a file that is still being written.</summary>
    public bool IsCut { get; private set; }

    /// <summary>As <see cref="SourceFile.LostBytes"/>.</summary>
    public long? LostBytes { get; private set; } = 0;

    /// <summary>
    /// The next bytes, at least one and at most <paramref name="most"/>; none: the end. Borrowed until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Next(long most)
    {
        while (_inflater.Ready.IsEmpty && !IsOver)
        {
            Advance();
        }

        var ready = _inflater.Ready;
        ready = ready[..(int)Math.Min(ready.Length, most)];
        _inflater.Consume(ready.Length);
        _crc = Crc32.Append(_crc, ready);
        _memberLength += ready.Length;
        Position += ready.Length;
        return ready;
    }

    public void Dispose()
    {
        _inflater.Dispose();
        _input.Dispose();
    }

    private void Advance()
    {
        if (!_isInMember)
        {
            BeginMember();
        }
        else if (_inflater.State == InflateState.Going)
        {
            _inflater.Inflate();
        }
        else if (_inflater.State == InflateState.Ended)
        {
            EndMember();
        }
        else
        {
            Break(isCut: _inflater.State == InflateState.Cut);
        }
    }

    private void BeginMember()
    {
        _memberStart = _input.Offset;
        (_memberLength, _crc) = (0, 0);
        switch (GzipHeader.Skip(_input))
        {
            case HeaderResult.Header:
                _inflater.Reset();
                _isInMember = true;
                break;
            case HeaderResult.None when _memberStart > 0:
                IsOver = true;
                break;
            case HeaderResult.Cut:
                Break(isCut: true);
                break;
            default:
                // Too short to tell.
                Break(isCut: _input.Offset < GzipHeader.FixedLength);
                break;
        }
    }

    /// <summary>Checks the trailer. Its data ended well: all of it is kept, and the next member may follow.</summary>
    private void EndMember()
    {
        Span<byte> bytes = stackalloc byte[GzipTrailer.Size];
        _input.Align();
        _isInMember = false;
        if (_input.Read(bytes) < bytes.Length)
        {
            (IsDamaged, IsCut, IsOver) = (true, true, true);
            return;
        }

        var trailer = GzipTrailer.From(bytes);
        if (trailer.Crc == _crc && trailer.Length == (uint)_memberLength)
        {
            return;
        }

        // If one of the two is right nothing is missing: some bytes are wrong, or only the trailer is.
        var isWhole = trailer.Crc == _crc || trailer.Length == (uint)_memberLength;
        Lose(isWhole ? 0 : MissingBy(trailer, _input.Offset));
    }

    /// <summary>Nothing after this can be read, because the beginning of the next member is unknown too.</summary>
    private void Break(bool isCut)
    {
        IsCut = isCut;
        IsOver = true;
        Lose(isCut ? null : MissingToEnd());
    }

    private void Lose(long? bytes)
    {
        IsDamaged = true;
        LostBytes += bytes;
    }

    private long? MissingToEnd()
    {
        if (_file.TryGetStatus(out var status))
        {
            foreach (var (trailer, end) in GzipTrailer.FindIn(_file, status.Size))
            {
                if (end > _input.Offset && MissingBy(trailer, end) is { } missing)
                {
                    return missing;
                }
            }
        }

        return null;
    }

    /// <summary>How many more bytes the member had according to a trailer; null when the trailer cannot be this member's.</summary>
    private long? MissingBy(GzipTrailer trailer, long end) =>
        trailer.Length >= _memberLength && GzipTrailer.IsPlausible(trailer.Length, end - _memberStart) ? trailer.Length - _memberLength : null;
}
