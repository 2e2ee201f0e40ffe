using Microsoft.Win32.SafeHandles;

namespace Collector.Commands.Reading;

/// <summary>Standard output as bytes. The console's own stream says nothing when nobody reads any more.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            try
            {
                // Into a file it would keep a position of its own, which others that write there do not know.
                var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
                if (!stream.CanSeek)
                    return stream;
                stream.Dispose();
            }
            catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
            {
                // Closed, or of a kind that only the console's own stream takes.
            }
        }

        return Console.OpenStandardOutput();
    }
}
