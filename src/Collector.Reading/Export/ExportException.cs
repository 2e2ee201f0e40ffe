namespace Collector.Reading.Export;

/// <summary>An export cannot continue; the message names the file and a fix.</summary>
/// <param name="message">For people.</param>
/// <param name="isRefusal">True: nothing failed, but the export may not replace an existing file.</param>
/// <param name="inner">The system's exception.</param>
public sealed class ExportException(string message, bool isRefusal, Exception? inner = null) : Exception(message, inner)
{
    public bool IsRefusal => isRefusal;
}
