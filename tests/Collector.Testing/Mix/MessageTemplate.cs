using System.Text;

namespace Collector.Testing.Mix;

/// <summary>A message with holes: fixed bytes, and fields that are drawn anew for every rendering.</summary>
internal sealed class MessageTemplate
{
    private readonly Segment[] segments;

    private MessageTemplate(Segment[] segments)
    {
        this.segments = segments;
        MinLength = segments.Sum(s => s.MinLength);
        MaxLength = segments.Sum(s => s.MaxLength);
    }

    public int MinLength { get; }

    public int MaxLength { get; }

    /// <summary>Parses a pattern as <see cref="Vocabulary"/> describes it.</summary>
    public static MessageTemplate Parse(string pattern)
    {
        var parsed = new List<Segment>();
        while (pattern.IndexOf('<', StringComparison.Ordinal) is >= 0 and int open)
        {
            int close = pattern.IndexOf('>', open);
            if (open > 0) parsed.Add(Segment.Literal(pattern[..open]));
            parsed.Add(Segment.Field(pattern[(open + 1)..close]));
            pattern = pattern[(close + 1)..];
        }

        if (pattern.Length > 0) parsed.Add(Segment.Literal(pattern));
        return new MessageTemplate([.. parsed]);
    }

    /// <summary>Writes one rendering; <paramref name="destination"/> has room for <see cref="MaxLength"/>. Returns its length.</summary>
    public int Render(Span<byte> destination, SeededRandom random)
    {
        int length = 0;
        foreach (ref readonly Segment segment in segments.AsSpan())
            length += segment.Render(destination[length..], random);
        return length;
    }

    private readonly struct Segment
    {
        private readonly byte[][] choices;
        private readonly int width;
        private readonly bool hex;

        private Segment(byte[][] choices, int width, bool hex)
        {
            this.choices = choices;
            this.width = width;
            this.hex = hex;
        }

        public int MinLength => choices.Length > 0 ? choices.Min(c => c.Length) : width;

        public int MaxLength => choices.Length > 0 ? choices.Max(c => c.Length) : width;

        public static Segment Literal(string text) => new([Encoding.UTF8.GetBytes(text)], 0, false);

        public static Segment Field(string name) => Vocabulary.Words.TryGetValue(name, out string[]? words)
            ? new([.. words.Select(Encoding.UTF8.GetBytes)], 0, false)
            : new([], int.Parse(name[1..]), name[0] == 'x');

        public int Render(Span<byte> destination, SeededRandom random)
        {
            if (choices.Length == 0)
            {
                RenderDigits(destination[..width], random.NextUInt64());
                return width;
            }

            byte[] choice = choices.Length == 1 ? choices[0] : choices[random.Below(choices.Length)];
            choice.CopyTo(destination);
            return choice.Length;
        }

        private void RenderDigits(Span<byte> destination, ulong bits)
        {
            for (int i = 0; i < destination.Length; i++, bits >>= 4)
            {
                int nibble = (int)(bits & 15);
                destination[i] = hex ? "0123456789abcdef"u8[nibble] : "0123456789123456"u8[nibble];
            }

            // A number that begins with 0 would not be JSON.
            if (!hex && destination[0] == (byte)'0') destination[0] = (byte)'7';
        }
    }
}
