namespace Collector.Testing.Mix;

/// <summary>The four parts of the mix (contract §7).</summary>
public enum MixKind
{
    /// <summary>A text line of 80–250 bytes.</summary>
    Text,

    /// <summary>A JSON line of 200–600 bytes.</summary>
    Json,

    /// <summary>One line of a Java stack trace.</summary>
    StackTrace,

    /// <summary>A message of 20 or 40 KiB that the runtime splits.</summary>
    Large,
}

/// <summary>Which of the two streams of a container a line was written to.</summary>
public enum RuntimeStream
{
    Stdout,
    Stderr,
}

/// <summary>One message as a program wrote it, without its newline.</summary>
/// <remarks><see cref="Text"/> is borrowed from the <see cref="LogMix"/> until its next call.</remarks>
public readonly ref struct MixMessage(MixKind kind, RuntimeStream stream, Span<byte> text, int markOffset)
{
    public MixKind Kind { get; } = kind;

    public RuntimeStream Stream { get; } = stream;

    public Span<byte> Text { get; } = text;

    /// <summary>Where <see cref="TraceMark.Length"/> bytes are left for the mark; −1 in plain mode.</summary>
    public int MarkOffset { get; } = markOffset;
}
