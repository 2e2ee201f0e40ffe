using System.Diagnostics.CodeAnalysis;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// A map of mostly one entry, in the order in which they were added: there are several for each file, and a dictionary of one entry
/// takes some 300 bytes. Beyond <see cref="Few"/> entries it is a dictionary. Not thread safe.
/// </summary>
internal sealed class SmallMap<TKey, TValue>
    where TKey : notnull
{
    private const int Few = 8;
    private KeyValuePair<TKey, TValue>[] _items = [];
    private int _count;
    private Dictionary<TKey, TValue>? _many;

    public int Count => _many?.Count ?? _count;

    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    public IEnumerable<TKey> Keys => Items.Select(item => item.Key);

    public IEnumerable<TValue> Values => Items.Select(item => item.Value);

    /// <summary>Not to be changed meanwhile.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Items => _many ?? (IEnumerable<KeyValuePair<TKey, TValue>>)new ArraySegment<KeyValuePair<TKey, TValue>>(_items, 0, _count);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_many is not null)
        {
            return _many.TryGetValue(key, out value);
        }

        var at = IndexOf(key);
        value = at < 0 ? default : _items[at].Value;
        return at >= 0;
    }

    /// <summary>Adds an entry, or replaces the value of that key.</summary>
    public void Set(TKey key, TValue value)
    {
        if (_many is not null)
        {
            _many[key] = value;
            return;
        }

        var at = IndexOf(key);
        if (at >= 0)
        {
            _items[at] = new(key, value);
        }
        else if (_count == Few)
        {
            _many = new Dictionary<TKey, TValue>(_items) { { key, value } };
            (_items, _count) = ([], 0);
        }
        else
        {
            if (_count == _items.Length)
            {
                // One at first: most stay so.
                Array.Resize(ref _items, Math.Max(1, _count * 2));
            }

            _items[_count++] = new(key, value);
        }
    }

    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_many is not null)
        {
            return _many.Remove(key, out value);
        }

        var at = IndexOf(key);
        value = at < 0 ? default : _items[at].Value;
        if (at >= 0)
        {
            Array.Copy(_items, at + 1, _items, at, --_count - at);
            _items[_count] = default;
        }

        return at >= 0;
    }

    public void RemoveAll(Func<TKey, bool> isOld)
    {
        foreach (var key in Keys.Where(isOld).ToList())
        {
            Remove(key, out _);
        }
    }

    public void Clear() => (_items, _count, _many) = ([], 0, null);

    private int IndexOf(TKey key)
    {
        for (var i = 0; i < _count; i++)
        {
            if (EqualityComparer<TKey>.Default.Equals(_items[i].Key, key))
            {
                return i;
            }
        }

        return -1;
    }
}
