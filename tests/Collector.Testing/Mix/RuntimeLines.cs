using System.Buffers;
using System.Text;

namespace Collector.Testing.Mix;

/// <summary>One line that the runtime wrote.</summary>
/// <param name="IsPartial">The record goes on in a later line of the same stream.</param>
/// <param name="Sequence">Which record of its stream it belongs to, from 0; 0 in plain mode too.</param>
public readonly record struct RuntimeLine(MixKind Kind, RuntimeStream Stream, bool IsPartial, uint Sequence);

/// <summary>A record whose end will never be written: its container died.</summary>
/// <param name="Crc">
/// CRC-32C (<see cref="TraceMark.Crc"/>) of what was written; a character that was cut counts as U+FFFD (contract §3).
/// </param>
public readonly record struct CutRecord(RuntimeStream Stream, uint Sequence, uint Crc);

/// <summary>
/// What the runtime writes for one container: the messages of a mix as lines, those over 16 KiB split,
/// and lines of the other stream between the parts. Not thread safe.
/// </summary>
public sealed class RuntimeLines(LogMix mix, RuntimeFormat format, RuntimeClock clock, ulong seed, uint? traceAs = null)
{
    /// <summary>Where the runtime splits a message (containerd's and docker's buffer).</summary>
    public const int SplitAt = 16 * 1024;

    // While a split message is being written, a line of the other stream comes first as often as not.
    private const double BetweenChance = 0.5;

    private readonly SeededRandom random = new(seed);
    private readonly Pending[] pending = [new(RuntimeStream.Stdout), new(RuntimeStream.Stderr)];
    private readonly uint[] next = new uint[2];

    /// <summary>Whether a record is begun and not ended, on either stream.</summary>
    public bool IsPending => pending[0].IsActive || pending[1].IsActive;

    /// <summary>Appends exactly one line, newline included.</summary>
    public RuntimeLine Append(IBufferWriter<byte> output)
    {
        bool stdout = pending[0].IsActive, stderr = pending[1].IsActive;
        if (!stdout && !stderr) return Begin(output, mix.Next());
        if (stdout && stderr) return Continue(output, pending[random.Below(2)]);
        Pending active = pending[stdout ? 0 : 1];
        return random.Chance(BetweenChance)
            ? Begin(output, mix.Next(only: stdout ? RuntimeStream.Stderr : RuntimeStream.Stdout))
            : Continue(output, active);
    }

    /// <summary>Appends a line that is a record by itself. Nothing may be pending.</summary>
    public RuntimeLine AppendWhole(IBufferWriter<byte> output)
    {
        if (IsPending) throw new InvalidOperationException("A split message is being written already.");
        return Begin(output, mix.Next(whole: true));
    }

    /// <summary>Appends the first line of a message that will be split. Nothing may be pending.</summary>
    public RuntimeLine AppendSplit(IBufferWriter<byte> output)
    {
        if (IsPending) throw new InvalidOperationException("A split message is being written already.");
        return Begin(output, mix.NextLarge(RuntimeStream.Stdout));
    }

    /// <summary>Appends a line that brings what is pending nearer to its end; false when nothing is.</summary>
    public bool TryAppendPending(IBufferWriter<byte> output, out RuntimeLine line)
    {
        line = default;
        if (!IsPending) return false;
        line = Continue(output, pending[0].IsActive ? pending[0] : pending[1]);
        return true;
    }

    /// <summary>Gives up what is pending, as when the container dies.</summary>
    public IReadOnlyList<CutRecord> Cut() => [.. pending.Where(p => p.IsActive).Select(p => p.Cut())];

    private RuntimeLine Begin(IBufferWriter<byte> output, MixMessage message)
    {
        ReadOnlySpan<byte> time = clock.NextLine();
        uint sequence = 0;
        if (traceAs is { } writer)
        {
            sequence = next[(int)message.Stream]++;
            TraceMark.Seal(message.Text, message.MarkOffset, writer, message.Stream, sequence, time);
        }

        bool split = message.Text.Length > SplitAt;
        RuntimeLineFormat.Write(output, format, time, message.Stream, split, split ? message.Text[..SplitAt] : message.Text);
        if (split) pending[(int)message.Stream].Start(message.Text, sequence);
        return new RuntimeLine(message.Kind, message.Stream, split, sequence);
    }

    private RuntimeLine Continue(IBufferWriter<byte> output, Pending active)
    {
        ReadOnlySpan<byte> part = active.Take(out bool more);
        RuntimeLineFormat.Write(output, format, clock.NextLine(), active.Stream, more, part);
        return new RuntimeLine(MixKind.Large, active.Stream, more, active.Sequence);
    }

    private sealed class Pending(RuntimeStream stream)
    {
        private byte[] text = [];
        private int length, written;

        public RuntimeStream Stream => stream;

        public bool IsActive => written < length;

        public uint Sequence { get; private set; }

        public void Start(ReadOnlySpan<byte> message, uint sequence)
        {
            if (text.Length < message.Length) text = new byte[message.Length];
            message.CopyTo(text);
            (length, written, Sequence) = (message.Length, SplitAt, sequence);
        }

        public ReadOnlySpan<byte> Take(out bool more)
        {
            int take = Math.Min(SplitAt, length - written);
            written += take;
            more = written < length;
            return text.AsSpan(written - take, take);
        }

        public CutRecord Cut()
        {
            length = written;
            byte[] repaired = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text, 0, written));
            return new CutRecord(stream, Sequence, TraceMark.Crc(repaired));
        }
    }
}
