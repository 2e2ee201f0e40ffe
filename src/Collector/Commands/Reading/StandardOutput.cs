using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Commands.Reading;

/// <summary>
/// Standard output as bytes. A closed pipe is an <see cref="IOException"/>, as for any pipe; any other write failure, such as a
/// full disk or a closed descriptor, is an <see cref="OutputLostException"/>.
/// </summary>
internal sealed class StandardOutput(Stream inner) : WriteOnlyStream
{
    private const int Descriptor = 1;

    /// <summary>EPIPE, which the runtime keeps in the exception.</summary>
    private const int BrokenPipe = 32;

    /// <summary>The console's own stream ignores a closed pipe.</summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            try
            {
                // In a file it would keep a position of its own, which other writers there do not know.
                var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
                if (!stream.CanSeek)
                    return new StandardOutput(stream);
                stream.Dispose();
            }
            catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
            {
                // Closed, or of a kind that only the console's own stream supports.
            }
        }

        return new StandardOutput(Console.OpenStandardOutput());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception e) when (OutputLostException.IsFailedWrite(e) && e.HResult != BrokenPipe)
        {
            throw new OutputLostException(e);
        }
    }

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
