namespace Collector.Pipeline.Storage;

/// <summary>A file does not answer: its disk, or the server of its mount, hangs. This may pass.</summary>
public sealed class FileHangsException(string message) : IOException(message);
