using System.Text;

namespace Collector.Commands;

/// <summary>
/// Standard output cannot be written, as on a full disk or when it is closed: the command has not printed its whole result.
/// </summary>
/// <remarks>Not an <see cref="IOException"/>, so that a command's handler for its own files does not catch it.</remarks>
/// <param name="error">Of a closed descriptor the runtime says that a path is denied; the system's own words are below that.</param>
internal sealed class OutputLostException(Exception error) : Exception(error.GetBaseException().Message, error)
{
    /// <summary>Whether a write has failed; the runtime has a type of its own for a closed descriptor.</summary>
    public static bool IsFailedWrite(Exception error) => error is IOException or UnauthorizedAccessException;
}

/// <summary>
/// Standard output or standard error of every command. This type alone decides what a failed write means: on standard output the
/// command ends (<see cref="OutputLostException"/>), on standard error the failure is ignored.
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
        catch (Exception e) when (isError && OutputLostException.IsFailedWrite(e))
        {
            // A full disk under the error log does not concern the command's result.
        }
        catch (Exception e) when (OutputLostException.IsFailedWrite(e))
        {
            throw new OutputLostException(e);
        }
    }
}
