namespace Collector.Reading.Export;

/// <summary>An export cannot go on; the message names the file, and says what to do.</summary>
/// <param name="message">For people.</param>
/// <param name="isRefusal">Nothing failed: it would have replaced a file that it may not replace.</param>
/// <param name="inner">What the system said.</param>
public sealed class ExportException(string message, bool isRefusal, Exception? inner = null) : Exception(message, inner)
{
    public bool IsRefusal => isRefusal;
}
