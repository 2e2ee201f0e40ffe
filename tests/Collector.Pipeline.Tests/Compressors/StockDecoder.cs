using System.Diagnostics;
using Snappier;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tests.Compressors;

/// <summary>Decodes with what users have: the gzip and zstd commands, python's zlib; Snappy has no command.</summary>
internal static class StockDecoder
{
    public static Task<byte[]> DecodeAsync(Compression kind, byte[] body) => kind switch
    {
        Compression.Gzip => RunAsync("gzip", ["-dc"], body),
        Compression.Zstd => RunAsync("zstd", ["-dc"], body),
        Compression.Zlib => RunAsync("python3", ["-c", "import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))"], body),
        Compression.Snappy => Task.FromResult(Snappy.DecompressToArray(body)),
        _ => Task.FromResult(body),
    };

    public static async Task<byte[]> RunAsync(string command, string[] arguments, byte[] input)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidDataException($"{command} ended with {process.ExitCode}");
    }
}
