using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Collector.Testing.Mix;
using Xunit;

namespace Collector.EndToEnd.Helpers;

public sealed class LogMixTests
{
    private const int SampleBytes = 32 * 1024 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Shares_of_bytes_are_those_of_the_contract(ulong seed)
    {
        long[] bytes = new long[4];
        var mix = new LogMix(seed);
        while (bytes.Sum() < SampleBytes)
        {
            MixMessage message = mix.Next();
            bytes[(int)message.Kind] += message.Text.Length;
        }

        double[] shares = [.. bytes.Select(b => 100.0 * b / bytes.Sum())];
        Assert.InRange(shares[(int)MixKind.Text], 58, 62);
        Assert.InRange(shares[(int)MixKind.Json], 28, 32);
        Assert.InRange(shares[(int)MixKind.StackTrace], 4.5, 5.5);
        Assert.InRange(shares[(int)MixKind.Large], 4.5, 5.5);
    }

    [Fact]
    public void Many_short_logs_have_the_shares_in_their_sum()
    {
        const int Logs = 400, Each = 40_000;
        long large = 0, total = 0;
        for (ulong seed = 0; seed < Logs; seed++)
        {
            var mix = new LogMix(seed);
            for (int length = 0; length < Each;)
            {
                MixMessage message = mix.Next();
                length += message.Text.Length;
                total += message.Text.Length;
                if (message.Kind == MixKind.Large) large += message.Text.Length;
            }
        }

        Assert.InRange(100.0 * large / total, 4, 7);
    }

    [Fact]
    public void Lengths_are_those_of_the_contract()
    {
        var mix = new LogMix(seed: 3);
        for (long total = 0; total < SampleBytes;)
        {
            MixMessage message = mix.Next();
            total += message.Text.Length;
            switch (message.Kind)
            {
                case MixKind.Text: Assert.InRange(message.Text.Length, 80, 250); break;
                case MixKind.Json: Assert.InRange(message.Text.Length, 200, 600); break;
                case MixKind.Large: Assert.Contains(message.Text.Length, (int[])[20 * 1024, 40 * 1024]); break;
            }
        }
    }

    [Fact]
    public void A_tenth_of_the_lines_is_on_stderr_some_between_the_parts_of_stdout()
    {
        RuntimeLines lines = Lines(seed: 4);
        var output = new ArrayBufferWriter<byte>();
        int count = 0, stderr = 0, between = 0;
        bool stdoutPending = false;
        for (long total = 0; total < SampleBytes; total += output.WrittenCount, count++)
        {
            output.ResetWrittenCount();
            RuntimeLine line = lines.Append(output);
            if (line.Stream == RuntimeStream.Stdout) stdoutPending = line.IsPartial;
            if (line.Stream == RuntimeStream.Stderr) stderr++;
            if (line.Stream == RuntimeStream.Stderr && stdoutPending) between++;
        }

        Assert.InRange(100.0 * stderr / count, 9, 11);
        Assert.NotEqual(0, between);
        Assert.InRange((double)SampleBytes / count, 200, 280);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Json_lines_are_json_and_all_lines_are_text(bool traceable)
    {
        var mix = new LogMix(seed: 5, traceable);
        for (int i = 0; i < 20_000; i++)
        {
            MixMessage message = mix.Next();
            if (message.MarkOffset >= 0) TraceMark.Seal(message.Text, message.MarkOffset, 1, message.Stream, (uint)i, "t"u8);
            Assert.True(System.Text.Unicode.Utf8.IsValid(message.Text));
            Assert.False(message.Text.Contains((byte)'\n'));
            if (message.Kind == MixKind.Json) JsonDocument.Parse(Encoding.UTF8.GetString(message.Text)).Dispose();
        }
    }

    [Fact]
    public void The_same_seed_writes_the_same_bytes_and_another_one_others()
    {
        Assert.Equal(Render(7), Render(7));
        Assert.NotEqual(Render(7), Render(8));
    }

    [Fact]
    public void It_compresses_as_real_logs_do()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Sub("mix");
        byte[] rendered = Render(9, 8 * 1024 * 1024);
        File.WriteAllBytes(file, rendered);
        using Process gzip = Process.Start("gzip", ["-1", file]);
        gzip.WaitForExit();
        Assert.InRange((double)rendered.Length / new FileInfo(file + ".gz").Length, 4.5, 7);
    }

    [Fact]
    public void A_mark_tells_who_when_and_whether_anything_changed()
    {
        byte[] text = [.. new byte[TraceMark.Length], .. " and what it says"u8];
        TraceMark.Seal(text, 0, writer: 0xabc, RuntimeStream.Stderr, sequence: 77, "2026-11-21T00:35:54Z"u8);
        Assert.True(TraceMark.TryRead(text, out TraceMark mark));
        Assert.Equal((0xabcu, RuntimeStream.Stderr, 77u, true), (mark.Writer, mark.Stream, mark.Sequence, mark.IsIntact));
        Assert.True(mark.MatchesTime("2026-11-21T00:35:54Z"u8));
        Assert.False(mark.MatchesTime("2026-11-21T00:35:54.0Z"u8));
        for (int i = 0; i < text.Length; i++)
        {
            text[i] ^= 1;
            Assert.False(TraceMark.TryRead(text, out TraceMark spoilt) && spoilt.IsIntact);
            text[i] ^= 1;
        }
    }

    private static RuntimeLines Lines(ulong seed) =>
        new(new LogMix(seed), RuntimeFormat.Cri, new RuntimeClock(DateTimeOffset.UnixEpoch, seed), seed);

    private static byte[] Render(ulong seed, int bytes = 100_000)
    {
        RuntimeLines lines = Lines(seed);
        var output = new ArrayBufferWriter<byte>();
        while (output.WrittenCount < bytes) lines.Append(output);
        return output.WrittenSpan.ToArray();
    }
}
