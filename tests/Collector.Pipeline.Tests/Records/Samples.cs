using System.Text;

namespace Collector.Pipeline.Tests.Records;

/// <summary>Texts and lines that several tests share.</summary>
internal static class Samples
{
    /// <summary>Lines that containerd 2.1.9 wrote on a real node, without their newlines.</summary>
    public static List<byte[]> ContainerdLines()
    {
        var file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "containerd.log"));
        var lines = new List<byte[]>();
        foreach (var range in file.AsSpan().Split((byte)'\n'))
            lines.Add(file[range]);
        lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>Well-formed text, rich in what JSON escapes and in characters of every length.</summary>
    public static string RandomText(Random random, int maxRunes)
    {
        var text = new StringBuilder();
        for (var length = random.Next(maxRunes); length > 0; length--)
        {
            text.Append(random.Next(8) switch
            {
                0 => "\"\\/\n\r\t\b\f"[random.Next(8)].ToString(),
                1 => ((char)random.Next(0x20)).ToString(),
                2 => ((char)random.Next(0x80, 0x800)).ToString(),
                3 => ((char)random.Next(0x2000, 0xD800)).ToString(),
                4 => new Rune(random.Next(0x10000, 0x10FFFF)).ToString(),
                5 => "a plain run of some length",
                _ => ((char)random.Next(0x20, 0x80)).ToString(),
            });
        }

        return text.ToString();
    }

    /// <summary>Bytes that are UTF-8 here and there.</summary>
    public static byte[] RandomBytes(Random random, int maxRunes)
    {
        var bytes = Encoding.UTF8.GetBytes(RandomText(random, maxRunes));
        for (var times = random.Next(4); times > 0 && bytes.Length > 0; times--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(0x100);
        return bytes;
    }
}
