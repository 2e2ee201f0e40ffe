using System.Text;
using Collector.Configuration.Binding;

namespace Collector.Configuration;

/// <summary>The configuration file, as <c>run</c> and <c>validate</c> read it.</summary>
public static class ConfigurationFile
{
    /// <summary>More than any configuration has; a device would never end.</summary>
    private const int Longest = 16 << 20;

    /// <summary>
    /// Reads, parses and checks a file against the contract and against what this version supports. Never throws for the file's
    /// content.
    /// </summary>
    public static ParsedConfiguration Load(string path)
    {
        try
        {
            var bytes = Read(path);
            return Misread(path, bytes) is { } mistake ? ConfigurationParser.Failed(mistake)
                : ConfigurationParser.Parse(Encoding.UTF8.GetString(WithoutMark(bytes)), path, Environment.GetEnvironmentVariable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ConfigurationParser.Failed(new Mistake(path, 0, $"cannot be read: {Why(path, e)}", "give the path of a readable file"));
        }
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (var length = file.Read(buffer); length > 0; length = file.Read(buffer))
        {
            bytes.Write(buffer, 0, length);
            if (bytes.Length > Longest)
                throw new IOException($"it is longer than {Longest >> 20} MiB");
        }

        return bytes.ToArray();
    }

    /// <summary>In a person's words; the runtime only says "access denied" for a directory.</summary>
    private static string Why(string path, Exception error) =>
        path.Length == 0 ? "no path is given"
        : Directory.Exists(path) ? "it is a directory"
        : error switch
        {
            FileNotFoundException or DirectoryNotFoundException => "the file does not exist",
            UnauthorizedAccessException => $"the user {Environment.UserName} may not read it",
            _ => error.Message.TrimEnd('.'),
        };

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    /// <summary>Bytes that make it no text: they would be read as something else, or as the end.</summary>
    private static Mistake? Misread(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return new Mistake(path, 1, "is UTF-16", "save it as UTF-8");

        for (var at = 0; at < bytes.Length;)
        {
            var rest = bytes[at..];
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done)
                return new Mistake(path, LineOf(bytes[..at]), $"is not UTF-8: it has the byte 0x{rest[0]:X2}", "save it as UTF-8");
            if (Rune.IsControl(rune) && rune.Value is not ('\t' or '\n' or '\r' or 0x85))
                return new Mistake(path, LineOf(bytes[..at]), $"has a control character, U+{rune.Value:X4}", "remove it");
            at += length;
        }

        return null;
    }

    private static int LineOf(ReadOnlySpan<byte> before) => before.Count((byte)'\n') + 1;
}
