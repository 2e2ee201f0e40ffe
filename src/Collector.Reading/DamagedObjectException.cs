namespace Collector.Reading;

/// <summary>An object is not what it should be from some byte on; all that was good before has been given out.</summary>
public sealed class DamagedObjectException(string message) : Exception(message);
