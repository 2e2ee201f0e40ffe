using System.Text;

namespace Collector.Commands;

/// <summary>Standard output cannot be written, as on a full disk: the command has not printed what it was to print.</summary>
/// <remarks>No <see cref="IOException"/>: what a command does with one of its own files says nothing of this.</remarks>
internal sealed class OutputLostException(IOException error) : Exception(error.Message, error);

/// <summary>
/// Standard output or standard error of every command. What becomes of a write that fails is decided here: on standard output the
/// command ends (<see cref="OutputLostException"/>), on standard error nobody is left to be told.
/// </summary>
/// <param name="inner">Stays open.</param>
/// <param name="isError">Standard error.</param>
internal sealed class StandardWriter(TextWriter inner, bool isError) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Whether a person watches it, so that a line may be written over.</summary>
    public bool IsTerminal => isError && ReferenceEquals(inner, Console.Error) && !Console.IsErrorRedirected;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException) when (isError)
        {
            // A full disk under a log of errors is not what the command is about.
        }
        catch (IOException e)
        {
            throw new OutputLostException(e);
        }
    }
}
