using System.Runtime.InteropServices;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>The used part of libzstd (zstd.h, the stable part of 1.4.0 and later).</summary>
internal static partial class ZstdNative
{
    public const int CompressionLevel = 100;
    public const int WindowLog = 101;
    public const int ChecksumFlag = 201;
    public const int ContinueDirective = 0;
    public const int EndDirective = 2;
    public const int ResetSessionAndParameters = 3;

    /// <summary>Linked into the released binary (Collector.csproj); loaded by tests and builds that are not compiled ahead.</summary>
    private const string Library = "libzstd.so.1";

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    public static partial ZstdContext CreateContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_reset")]
    public static partial nuint Reset(ZstdContext context, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    public static partial nuint SetParameter(ZstdContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setPledgedSrcSize")]
    public static partial nuint SetPledgedLength(ZstdContext context, ulong length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    public static partial nuint Compress(ZstdContext context, ref Buffer output, ref Buffer input, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint code);

    /// <summary>Returns the code unless it is an error.</summary>
    public static nuint Check(nuint code, string operation) => IsError(code) == 0
        ? code
        : throw new InvalidDataException($"libzstd failed to {operation}: {Marshal.PtrToStringUTF8(GetErrorName(code))}");

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which are laid out alike.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}

/// <summary>A compression context: some 1 to 4 MiB of native memory at the low levels.</summary>
internal sealed class ZstdContext() : SafeHandle(invalidHandleValue: 0, ownsHandle: true)
{
    /// <summary>
    /// One is kept for the next body, because creating it costs page faults for all its tables. Keeping more would waste memory.
    /// </summary>
    private static ZstdContext? _idle;

    public override bool IsInvalid => handle == 0;

    /// <summary>A context with nothing set. <see cref="Return"/> gives it back.</summary>
    /// <exception cref="DllNotFoundException">libzstd is not installed.</exception>
    public static ZstdContext Rent()
    {
        if (Interlocked.Exchange(ref _idle, null) is { } idle)
            return idle;

        try
        {
            var created = ZstdNative.CreateContext();
            return created.IsInvalid ? throw new InsufficientMemoryException("libzstd: no memory for a compression context") : created;
        }
        catch (DllNotFoundException missing)
        {
            throw new DllNotFoundException("compression: zstd needs libzstd.so.1; install the package libzstd1 (Debian, Ubuntu) or choose gzip", missing);
        }
    }

    public static void Return(ZstdContext context)
    {
        ZstdNative.Reset(context, ZstdNative.ResetSessionAndParameters);
        if (Interlocked.CompareExchange(ref _idle, context, null) is not null)
            context.Dispose();
    }

    protected override bool ReleaseHandle()
    {
        _ = ZstdNative.FreeContext(handle);
        return true;
    }
}
