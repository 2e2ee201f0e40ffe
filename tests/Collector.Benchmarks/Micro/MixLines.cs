using System.Buffers;
using Collector.Testing.Mix;

namespace Collector.Benchmarks.Micro;

/// <summary>A piece of the mix (contract §7) as a runtime writes it, one MiB, so that a figure in microseconds is one a MiB.</summary>
internal static class MixLines
{
    private const int Size = 1 << 20;
    private const ulong Seed = 1;

    public static byte[] Make()
    {
        var output = new ArrayBufferWriter<byte>(2 * Size);
        var lines = new RuntimeLines(new LogMix(Seed), RuntimeFormat.Cri, new RuntimeClock(new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), Seed), Seed);
        while (output.WrittenCount < Size || lines.IsPending)
        {
            lines.Append(output);
        }

        return output.WrittenSpan.ToArray();
    }
}
