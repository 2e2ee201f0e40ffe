using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Collector.Reading.Decoding;

/// <summary>zstd frames (RFC 8878), one after the other, skippable ones (a seek table) too, by libzstd.</summary>
internal sealed unsafe partial class ZstdDecoder : BodyDecoder
{
    private const int InputSize = 64 * 1024;
    private const string Library = "libzstd.so.1";

    private readonly Stream _body;
    private readonly DecoderHandle _context;
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(InputSize);
    private int _start;
    private int _end;
    private long _taken;
    private bool _isFrameOver = true;
    private bool _isOver;
    private bool _isDisposed;

    public ZstdDecoder(Stream body)
    {
        _body = body;
        try
        {
            _context = DecoderHandle.Rent();
        }
        catch (DllNotFoundException missing)
        {
            throw new DllNotFoundException("zstd objects need libzstd.so.1; install the package libzstd1 (Debian, Ubuntu)", missing);
        }
    }

    public override int Read(Span<byte> to)
    {
        while (!_isOver)
        {
            if (_start == _end)
                Fill();
            if (_start == _end && _isFrameOver)
                _isOver = true;
            else if (Decode(to) is > 0 and var length)
                return length;
            else if (_start == _end && _isInputOver && !_isFrameOver)
                throw new DamagedObjectException($"it ends within its zstd data, at byte {_taken}");
        }

        return 0;
    }

    /// <summary>Runs once: later the context and the buffer belong to other callers.</summary>
    public override void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        DecoderHandle.Return(_context);
        ArrayPool<byte>.Shared.Return(_input);
        _body.Dispose();
    }

    private bool _isInputOver;
    private long _text;

    private void Fill()
    {
        _start = 0;
        _end = _body.Read(_input.AsSpan(0, InputSize));
        _isInputOver = _end == 0;
    }

    private int Decode(Span<byte> to)
    {
        if (_isFrameOver)
            Begin = new BodyPlace(_taken, _text);
        fixed (byte* input = _input, output = to)
        {
            var from = new Buffer { Start = input + _start, Size = (nuint)(_end - _start) };
            var into = new Buffer { Start = output, Size = (nuint)to.Length };
            var hint = Decompress(_context, ref into, ref from);
            if (IsError(hint) != 0)
                throw new DamagedObjectException($"its zstd data is damaged after byte {_taken}: {Marshal.PtrToStringUTF8(GetErrorName(hint))}");

            _start += (int)from.Position;
            _taken += (long)from.Position;

            // 0: at the end of a frame. A call without input and output returns what the next frame would need.
            _isFrameOver = hint == 0 || (_isFrameOver && from.Position == 0 && into.Position == 0);
            _text += (long)into.Position;
            if (_isFrameOver)
                Proven = _text;
            return (int)into.Position;
        }
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial DecoderHandle CreateContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_reset")]
    private static partial nuint Reset(DecoderHandle context, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint Decompress(DecoderHandle context, ref Buffer output, ref Buffer input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint code);

    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    /// <summary>A context, with a window of up to a MiB. Some are kept: made and freed on many threads, they leave holes in as many heaps.</summary>
    private sealed class DecoderHandle() : SafeHandle(invalidHandleValue: 0, ownsHandle: true)
    {
        private const int MostIdle = 16;
        private const int ResetSession = 1;
        private static readonly ConcurrentBag<DecoderHandle> Idle = [];

        public static DecoderHandle Rent() => Idle.TryTake(out var idle) ? idle : CreateContext();

        public static void Return(DecoderHandle context)
        {
            if (Idle.Count < MostIdle && IsError(Reset(context, ResetSession)) == 0)
                Idle.Add(context);
            else
                context.Dispose();
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            _ = FreeContext(handle);
            return true;
        }
    }
}
