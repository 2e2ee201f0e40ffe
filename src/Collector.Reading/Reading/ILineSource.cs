using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>Lines in the order of their times for merging.</summary>
internal interface ILineSource : IDisposable
{
    /// <summary>The next line; <see cref="FillAsync"/> before.</summary>
    LogLine Head { get; }

    /// <summary>Takes the next line.</summary>
    LogLine Dequeue();

    /// <summary>False when there are no more lines.</summary>
    ValueTask<bool> FillAsync(CancellationToken cancellation);
}
