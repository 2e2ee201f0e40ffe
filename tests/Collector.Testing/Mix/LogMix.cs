using System.Text;

namespace Collector.Testing.Mix;

/// <summary>
/// The mix of contract §7 as an endless sequence of messages: by bytes 60 % text, 30 % JSON, 5 % stack traces, 5 % messages
/// of 20 or 40 KiB; a tenth on stderr. The same seed gives the same messages. Not thread safe.
/// </summary>
/// <remarks>
/// In traceable mode each message has room for a <see cref="TraceMark"/> and is that much longer than contract §7 says;
/// in plain mode it has not.
/// </remarks>
public sealed class LogMix
{
    /// <summary>Shares of bytes (contract §7); what remains is text.</summary>
    private const double JsonShare = 0.3, StackShare = 0.05, LargeShare = 0.05, StderrShare = 0.1;

    /// <summary>How likely the next line is JSON when JSON is ahead of its share and when it is behind: random in the small, exact in the large.</summary>
    private const double JsonAhead = 0.1, JsonBehind = 0.3;

    private const int SmallLarge = 20 * 1024, BigLarge = 40 * 1024;

    private const string JsonOpening = "{\"trace\":\"";

    // What a trace and a large message take on average: the phases below are spread over it.
    private const int MeanTrace = 1_000, MeanLarge = 30 * 1024;

    private readonly SeededRandom random;
    private readonly TemplatePool pool;
    private readonly bool traceable;
    private readonly byte[] buffer = new byte[BigLarge + 1024];

    // Bytes that a kind is behind its share. They start at a random phase: many short logs have the shares in their sum.
    private double jsonDebt, stackDebt, largeDebt;
    private MessageTemplate[] trace = [];
    private int traceLine;
    private RuntimeStream traceStream;

    public LogMix(ulong seed, bool traceable = false)
    {
        random = new SeededRandom(seed);
        this.traceable = traceable;
        pool = new TemplatePool(random.Fork());
        stackDebt = -random.Below(MeanTrace);
        largeDebt = -random.Below(MeanLarge);
    }

    /// <summary>The next message. Its text is valid until the next call, and may be written to.</summary>
    /// <param name="only">The stream it must be on, when the other one is in the middle of a split message.</param>
    /// <param name="whole">Not one that the runtime splits.</param>
    public MixMessage Next(RuntimeStream? only = null, bool whole = false)
    {
        if (traceLine < trace.Length) return Finish(MixKind.StackTrace, only ?? traceStream, trace[traceLine++]);
        RuntimeStream stream = only ?? (random.Chance(StderrShare) ? RuntimeStream.Stderr : RuntimeStream.Stdout);
        if (largeDebt > 0 && !whole) return NextLarge(stream);
        if (stackDebt > 0)
        {
            trace = random.Pick<MessageTemplate[]>(pool.StackTraces);
            (traceLine, traceStream) = (1, stream);
            return Finish(MixKind.StackTrace, stream, trace[0]);
        }

        return random.Chance(jsonDebt > 0 ? JsonBehind : JsonAhead)
            ? Finish(MixKind.Json, stream, Favourite(pool.Jsons))
            : Finish(MixKind.Text, stream, Favourite(pool.Texts));
    }

    /// <summary>A message of 20 or 40 KiB now, out of turn: its bytes are paid back by later ones.</summary>
    public MixMessage NextLarge(RuntimeStream stream)
    {
        int size = random.Chance(0.5) ? SmallLarge : BigLarge;
        int length = LeaveRoom("", " ");
        while (size - length >= pool.LargeItem.MaxLength) length += pool.LargeItem.Render(buffer.AsSpan(length), random);
        buffer.AsSpan(length, size - length).Fill((byte)'.');
        return Account(MixKind.Large, stream, size, markOffset: 0);
    }

    // Real programs say few things often: the lowest of three draws is taken.
    private MessageTemplate Favourite(MessageTemplate[] templates) =>
        templates[Math.Min(random.Below(templates.Length), Math.Min(random.Below(templates.Length), random.Below(templates.Length)))];

    private MixMessage Finish(MixKind kind, RuntimeStream stream, MessageTemplate template)
    {
        bool json = kind == MixKind.Json;
        int start = json ? LeaveRoom(JsonOpening, "\"") : LeaveRoom("", " ");
        int length = start + template.Render(buffer.AsSpan(start), random);

        // {"trace":"<mark>" and then the template, whose brace becomes a comma: still one JSON object.
        if (json && traceable) buffer[start] = (byte)',';
        return Account(kind, stream, length, json ? JsonOpening.Length : 0);
    }

    private int LeaveRoom(string before, string after)
    {
        if (!traceable) return 0;
        Encoding.ASCII.GetBytes(before, buffer);
        return before.Length + TraceMark.Length + Encoding.ASCII.GetBytes(after, buffer.AsSpan(before.Length + TraceMark.Length));
    }

    private MixMessage Account(MixKind kind, RuntimeStream stream, int length, int markOffset)
    {
        jsonDebt += (JsonShare * length) - (kind == MixKind.Json ? length : 0);
        stackDebt += (StackShare * length) - (kind == MixKind.StackTrace ? length : 0);
        largeDebt += (LargeShare * length) - (kind == MixKind.Large ? length : 0);
        return new MixMessage(kind, stream, buffer.AsSpan(0, length), traceable ? markOffset : -1);
    }
}
