namespace Collector.Simulation.World;

/// <summary>
/// What happens on the node in the middle of a turn of the collector: between two of its calls to the source tree. Each waits
/// for its number of calls after the one before it.
/// </summary>
internal sealed class Interruptions
{
    private readonly Queue<(int Calls, Action Act)> _waiting = [];
    private int _calls;
    private bool _isOpen;
    private bool _hasHappened;
    private bool _isHeld;

    /// <summary>The collector is in the middle of a turn, and waits for what happens.</summary>
    public bool IsHappening { get; private set; }

    public void Add(int calls, Action act) => _waiting.Enqueue((calls, act));

    /// <summary>A turn in which something may happen. Returns whether something did.</summary>
    public bool During(Action turn)
    {
        (_isOpen, _hasHappened) = (true, false);
        try
        {
            turn();
            return _hasHappened;
        }
        finally
        {
            _isOpen = false;
        }
    }

    /// <summary>The collector is about to ask the source tree.</summary>
    public void BeforeCall()
    {
        if (!_isOpen || _waiting.Count == 0 || ++_calls < _waiting.Peek().Calls)
        {
            return;
        }

        // What happens now may ask the tree itself.
        (_calls, _isOpen, IsHappening, _hasHappened) = (0, false, true, true);
        _waiting.Dequeue().Act();
        (_isOpen, IsHappening) = (true, false);
    }

    /// <summary>Work in which nothing may happen, whoever dies in it.</summary>
    public void Hold(Action work)
    {
        _isHeld = true;
        work();
        _isHeld = false;
    }

    /// <summary>Nobody makes calls now: what waits for one happens.</summary>
    public void Flush()
    {
        _calls = 0;
        while (!_isHeld && _waiting.TryDequeue(out var next))
        {
            next.Act();
        }
    }
}
