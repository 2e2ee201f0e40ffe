using System.Text;

namespace Collector.Commands.Converting;

/// <summary>The text of the other agent's configuration, and of its includes.</summary>
internal static class InputText
{
    /// <summary>More than any configuration has; a device would never end.</summary>
    private const int Longest = 16 << 20;

    /// <summary>The file's text. Throws <see cref="ConvertException"/> for a file that cannot be read or is not UTF-8.</summary>
    /// <param name="path"><c>-</c>: standard input.</param>
    public static string Read(string path)
    {
        try
        {
            using var file = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read);
            using var bytes = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (var length = file.Read(buffer); length > 0; length = file.Read(buffer))
            {
                bytes.Write(buffer, 0, length);
                if (bytes.Length > Longest)
                    throw new ConvertException(path, $"it is longer than {Longest >> 20} MiB");
            }

            return Decode(path, bytes.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConvertException(path, ProblemOf(path, e));
        }
    }

    private static string ProblemOf(string path, Exception failure) => failure switch
    {
        _ when Directory.Exists(path) => "the path is a directory; give a file",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "this user may not read the file; give it the permission, or give the file on standard input: convert … - < FILE",
        ArgumentException or NotSupportedException or PathTooLongException => "this is not a path of a file",
        _ => $"it cannot be read (the system says: {failure.Message.TrimEnd('.')})",
    };

    private static string Decode(string path, byte[] bytes)
    {
        var text = bytes.AsSpan();
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        if (System.Text.Unicode.Utf8.IsValid(text) && !text.Contains((byte)0))
            return Encoding.UTF8.GetString(text);

        for (var line = 1; ; line++)
        {
            var end = text.IndexOf((byte)'\n') is var at and >= 0 ? at : text.Length;
            if (!System.Text.Unicode.Utf8.IsValid(text[..end]) || text[..end].Contains((byte)0))
                throw new ConvertException(new Spot(path, line), "the file is not UTF-8 text; save it as UTF-8");
            text = text[(end + 1)..];
        }
    }
}
