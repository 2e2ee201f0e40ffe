namespace Collector.Pipeline.Records;

/// <summary>Which containers are open: one bit each, set for an object; up to 64 of them.</summary>
internal struct JsonNesting(int limit)
{
    private ulong _objects;
    private int _depth;

    public readonly bool IsEmpty => _depth == 0;

    public readonly bool InObject => (_objects & 1) != 0;

    public readonly char Close => InObject ? '}' : ']';

    public bool TryPush(bool isObject)
    {
        _objects = (_objects << 1) | (isObject ? 1UL : 0UL);
        return ++_depth <= limit;
    }

    public void Pop()
    {
        _objects >>= 1;
        _depth--;
    }
}
