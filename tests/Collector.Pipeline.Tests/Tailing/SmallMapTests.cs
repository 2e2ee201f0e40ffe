using Collector.Pipeline.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary><see cref="SmallMap{TKey,TValue}"/> against a dictionary, with few and with many entries.</summary>
public sealed class SmallMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(40)]
    public void It_has_what_a_dictionary_has(int keys)
    {
        var random = new Random(keys);
        var map = new SmallMap<int, string>();
        var model = new Dictionary<int, string>();
        for (var step = 0; step < 5000; step++)
        {
            var (key, value) = (random.Next(keys), $"{step}");
            switch (random.Next(20))
            {
                case < 12:
                    map.Set(key, value);
                    model[key] = value;
                    break;
                case < 18:
                    Assert.Equal((model.Remove(key, out var taken), taken), (map.Remove(key, out var removed), removed));
                    break;
                case 18:
                    map.RemoveAll(k => k < key);
                    model.Where(p => p.Key < key).ToList().ForEach(p => model.Remove(p.Key));
                    break;
                default:
                    map.Clear();
                    model.Clear();
                    break;
            }

            Assert.Equal((model.TryGetValue(key, out var expected), expected), (map.TryGetValue(key, out var found), found));
            Assert.Equal(model.ContainsKey(key), map.ContainsKey(key));
            Assert.Equal(model.Count, map.Count);
            Assert.Equal(model.OrderBy(p => p.Key), map.Items.OrderBy(p => p.Key));
            Assert.Equal(model.Keys.Order(), map.Keys.Order());
            Assert.Equal(model.Values.Order(), map.Values.Order());
        }
    }
}
