using Collector.Testing.Mix;

namespace Collector.Torture.Troubles;

/// <summary>
/// One kind of trouble on a thread of its own: a quiet time, a window of it, a quiet time, until it is disposed. What a window
/// began is always ended.
/// </summary>
internal sealed class FaultWindows : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private Exception? _failure;

    /// <param name="name">For the summary.</param>
    /// <param name="quiet">The longest time between two windows; at least a tenth of it.</param>
    /// <param name="length">The longest window; at least a tenth of it.</param>
    /// <param name="begin">Begins the trouble, and returns what ends it.</param>
    public FaultWindows(string name, SeededRandom random, TimeSpan quiet, TimeSpan length, Func<SeededRandom, Action> begin)
    {
        Name = name;
        _thread = new Thread(() => Guard(random, quiet, length, begin)) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public string Name { get; }

    /// <summary>Windows so far.</summary>
    public int Count { get; private set; }

    /// <summary>Ends the window that is open, and throws what went wrong on the thread.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _thread.Join();
        if (_failure is not null) throw new InvalidOperationException($"{Name} failed.", _failure);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private void Guard(SeededRandom random, TimeSpan quiet, TimeSpan length, Func<SeededRandom, Action> begin)
    {
        try
        {
            while (!Sleep(random, quiet))
            {
                Action end = begin(random);
                Count++;
                Sleep(random, length);
                end();
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private bool Sleep(SeededRandom random, TimeSpan longest) =>
        _stop.Token.WaitHandle.WaitOne(random.Between((int)longest.TotalMilliseconds / 10, (int)longest.TotalMilliseconds));
}
