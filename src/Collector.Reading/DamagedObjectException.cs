namespace Collector.Reading;

/// <summary>An object is damaged from some byte on; all text before the damage was returned.</summary>
public sealed class DamagedObjectException(string message) : Exception(message);
