namespace Collector.Reading.Lines;

/// <summary>How far a stack trace is, which decides what its next line may be.</summary>
internal enum TraceState
{
    /// <summary>A line like any other: only a frame goes on from it.</summary>
    Line,

    /// <summary>An empty line: nothing goes on from it.</summary>
    Blank,

    /// <summary>A line that ends in the name of an exception: frames go on, and causes.</summary>
    Exception,

    /// <summary>Within the frames of Java, .NET, Node or Ruby.</summary>
    Frames,

    /// <summary>Within the numbered frames of PHP or Dart.</summary>
    Numbered,

    /// <summary>Dart's "Unhandled exception:", whose message is the next line.</summary>
    Dart,

    /// <summary>Rails' "SomeError (message):", whose frames follow an empty line.</summary>
    Rails,

    /// <summary>Within the frames of Python; the line with the exception follows.</summary>
    Python,

    /// <summary>Behind Python's line with the exception; another trace may follow.</summary>
    PythonEnd,

    /// <summary>Behind the sentence between two of Python's traces.</summary>
    PythonChain,

    /// <summary>A panic of Go; its goroutines follow.</summary>
    GoPanic,

    /// <summary>Within a goroutine of Go.</summary>
    Goroutine,

    /// <summary>A panic of Rust whose message is the next line.</summary>
    RustMessage,

    /// <summary>A panic of Rust with its message.</summary>
    Rust,

    /// <summary>The last line of a trace: nothing goes on from it.</summary>
    End,
}

/// <summary>Which line goes on with a stack trace. A line that is not one of these forms stays a line of its own.</summary>
internal static class TraceRules
{
    private static ReadOnlySpan<byte> Traceback => "Traceback (most recent call last):"u8;

    /// <summary>Where a trace is after its first line.</summary>
    public static TraceState Begin(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (IsBlank(line))
            return TraceState.Blank;
        if (line.IndexOf(Traceback) >= 0)
            return TraceState.Python;
        if (line.StartsWith("panic: "u8) || line.StartsWith("fatal error: "u8) || line.StartsWith("SIGQUIT: "u8) || line.StartsWith("SIGABRT: "u8) || line.IndexOf(" panic serving "u8) >= 0)
            return TraceState.GoPanic;
        if (IsGoroutine(line))
            return TraceState.Goroutine;
        if (line.IndexOf("thread '"u8) >= 0 && line.IndexOf(" panicked at "u8) >= 0)
            return line[^1] == ':' ? TraceState.RustMessage : TraceState.Rust;
        if (line.SequenceEqual("Unhandled exception:"u8))
            return TraceState.Dart;
        if (line.EndsWith("):"u8) && line.IndexOf("Error ("u8) >= 0)
            return TraceState.Rails;
        if (IsFrame(line))
            return TraceState.Frames;
        return NamesException(line) ? TraceState.Exception : TraceState.Line;
    }

    /// <summary>Where a trace is after another line; null if the line does not go on with it.</summary>
    public static TraceState? Next(TraceState state, ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        var isIndented = line is [(byte)' ' or (byte)'\t', ..];
        if (IsBlank(line) || state is TraceState.Blank or TraceState.End)
            return null;
        return state switch
        {
            TraceState.Dart => TraceState.Numbered,
            TraceState.RustMessage => TraceState.Rust,
            TraceState.Python => isIndented ? state : IsPythonException(line) ? TraceState.PythonEnd : null,
            TraceState.PythonEnd => IsPythonLink(line) ? TraceState.PythonChain : isIndented ? state : null,
            TraceState.PythonChain => line.IndexOf(Traceback) >= 0 ? TraceState.Python : null,
            TraceState.GoPanic or TraceState.Goroutine => isIndented ? state : NextOfGo(state, line),
            TraceState.Rust => isIndented || line.StartsWith("note: "u8) || line.StartsWith("stack backtrace:"u8) ? state : null,
            TraceState.Numbered => IsNumbered(line) || isIndented || line.SequenceEqual("<asynchronous suspension>"u8) ? state : null,
            TraceState.Rails => line.IndexOf(".rb:"u8) > 0 ? state : null,
            _ => NextOfFrames(state, line, isIndented),
        };
    }

    /// <summary>Whether an empty line may stand before the next line of the trace.</summary>
    public static bool MayHaveBlank(TraceState state) =>
        state is TraceState.PythonEnd or TraceState.PythonChain or TraceState.GoPanic or TraceState.Goroutine or TraceState.Rails;

    /// <summary>Whether a line shows nothing.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty;

    private static TraceState? NextOfFrames(TraceState state, ReadOnlySpan<byte> line, bool isIndented)
    {
        if (line.StartsWith("Stack trace:"u8) || line.StartsWith("[stacktrace]"u8))
            return TraceState.Numbered;
        if (IsFrame(line))
            return TraceState.Frames;
        if (state == TraceState.Line)
            return null;

        var bare = line.TrimStart(" \t"u8);
        if (bare.StartsWith("Caused by: "u8) || bare.StartsWith("Suppressed: "u8) || bare.StartsWith("---> "u8) || bare.StartsWith("--- End of "u8) || bare.StartsWith("[cause]: "u8))
            return TraceState.Frames;

        // Node closes the fields of an error with a brace; some loggers remove the indent of frames.
        return state == TraceState.Frames && (isIndented || line.SequenceEqual("}"u8) || line.StartsWith("at "u8) || IsMoreFrames(line)) ? state : null;
    }

    private static TraceState? NextOfGo(TraceState state, ReadOnlySpan<byte> line)
    {
        if (IsGoroutine(line) || line.StartsWith("runtime stack:"u8))
            return TraceState.Goroutine;
        if (line.StartsWith("exit status "u8))
            return TraceState.End;
        if (state == TraceState.GoPanic)
            return line.StartsWith("[signal "u8) || line.StartsWith("panic: "u8) || line.StartsWith("runtime: "u8) ? state : null;
        return line.StartsWith("created by "u8) || line.StartsWith("...additional frames elided"u8) || IsGoCall(line) ? state : null;
    }

    /// <summary>A frame that is one wherever it stands.</summary>
    private static bool IsFrame(ReadOnlySpan<byte> line)
    {
        var bare = line.TrimStart(" \t"u8);
        if (bare.Length == line.Length)
            return false;
        return bare.StartsWith("at "u8) || bare.StartsWith("eval at "u8) || IsMoreFrames(bare) || (bare.StartsWith("from "u8) && bare.IndexOf(":in "u8) > 0);
    }

    /// <summary><c>... 12 more</c>, <c>... 12 common frames omitted</c>.</summary>
    private static bool IsMoreFrames(ReadOnlySpan<byte> bare) => bare.StartsWith("... "u8) && bare.Length > 4 && IsDigit(bare[4]);

    private static bool IsNumbered(ReadOnlySpan<byte> line) => line is [(byte)'#', var digit, ..] && IsDigit(digit);

    private static bool IsGoroutine(ReadOnlySpan<byte> line) => line.StartsWith("goroutine "u8) && line.IndexOf((byte)'[') > 0 && line.EndsWith("]:"u8);

    /// <summary><c>main.(*Server).Run(0xc0000, 0x1)</c>: no space before the arguments.</summary>
    private static bool IsGoCall(ReadOnlySpan<byte> line) => line[^1] == ')' && line.IndexOf((byte)'(') is > 0 and var open && line[..open].IndexOf((byte)' ') < 0;

    private static bool IsPythonLink(ReadOnlySpan<byte> line) => line.StartsWith("During handling of the above exception"u8) || line.StartsWith("The above exception was the direct cause"u8);

    /// <summary><c>ValueError: text</c>, <c>package.Error</c>: a dotted name, and the end or a colon.</summary>
    private static bool IsPythonException(ReadOnlySpan<byte> line)
    {
        var length = 0;
        while (length < line.Length && (char.IsAsciiLetterOrDigit((char)line[length]) || line[length] is (byte)'_' or (byte)'.' or >= 0x80))
            length++;
        return length > 0 && !IsDigit(line[0]) && (length == line.Length || line[length] == ':');
    }

    /// <summary>Whether a line has a word that ends in Exception, Error or Throwable, before a colon or at its end.</summary>
    private static bool NamesException(ReadOnlySpan<byte> line) => Names(line, "Exception"u8) || Names(line, "Error"u8) || Names(line, "Throwable"u8);

    private static bool Names(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        for (var rest = line; rest.IndexOf(word) is >= 0 and var at; rest = rest[(at + word.Length)..])
        {
            if (at + word.Length == rest.Length || rest[at + word.Length] is (byte)':')
                return true;
        }

        return false;
    }

    private static bool IsDigit(byte one) => one is >= (byte)'0' and <= (byte)'9';
}
