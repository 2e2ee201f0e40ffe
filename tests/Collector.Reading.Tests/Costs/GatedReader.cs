using Collector.ObjectStores;

namespace Collector.Reading.Tests.Costs;

/// <summary>Gives some objects only when so many of them have been asked for side by side: who asks for them one after the other waits until the limit is over.</summary>
/// <param name="inner">Has the objects.</param>
/// <param name="isGated">Which keys wait.</param>
/// <param name="together">How many of them at once.</param>
internal sealed class GatedReader(IObjectReader inner, Func<string, bool> isGated, int together) : IObjectReader
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    public string Description => inner.Description;

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        if (isGated(key))
        {
            if (Interlocked.Increment(ref _waiting) == together)
                _gate.TrySetResult();
            await _gate.Task.WaitAsync(Limit, cancellationToken);
        }

        return await inner.OpenAsync(key, offset, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
