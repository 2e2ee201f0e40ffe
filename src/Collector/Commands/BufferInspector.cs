namespace Collector.Commands;

/// <summary>Looks at, and gives up, what waits in a data dir. Both return an <see cref="ExitCode"/>.</summary>
internal static class BufferInspector
{
    public static int List(string dataDir, TextWriter output) => NotThere(dataDir, output);

    public static int Drop(string dataDir, string outputName, TextWriter output) => NotThere(dataDir, output);

    private static int NotThere(string dataDir, TextWriter output)
    {
        output.WriteLine($"{dataDir}: the buffer is not built into this version yet");
        return ExitCode.Fatal;
    }
}
