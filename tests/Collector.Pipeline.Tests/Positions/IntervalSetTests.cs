using Collector.Pipeline.Positions;
using Xunit;

namespace Collector.Pipeline.Tests.Positions;

/// <summary>The set against a bitmap that does the same, with seeded random operations.</summary>
public sealed class IntervalSetTests
{
    private const int Size = 60;

    [Fact]
    public void Any_operations_leave_what_a_bitmap_has()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var set = new IntervalSet();
            var bitmap = new bool[Size];
            for (var step = 0; step < 60; step++)
            {
                var (from, to) = (random.Next(Size), random.Next(Size + 1));
                var add = random.Next(3) > 0;
                if (add)
                {
                    set.Add(from, to);
                }
                else
                {
                    set.Remove(from, to);
                }

                bitmap.AsSpan(from, Math.Max(0, to - from)).Fill(add);
                CheckAgainst(bitmap, set);
            }
        }
    }

    [Fact]
    public void Sets_are_united_and_compared_as_their_bitmaps_are()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (a, bitsOfA) = Any(random);
            var (b, bitsOfB) = Any(random);

            Assert.Equal(!bitsOfB.Where((bit, i) => bit && !bitsOfA[i]).Any(), a.Contains(b));

            var from = random.Next(Size);
            Assert.Equal(bitsOfA.AsSpan(from).SequenceEqual(bitsOfB.AsSpan(from)), a.IsEqualFrom(from, b));
            Assert.True(a.IsEqualFrom(from, a.Copy()));

            var union = a.Copy();
            union.Add(b);
            CheckAgainst([.. bitsOfA.Select((bit, i) => bit || bitsOfB[i])], union);
            CheckAgainst(bitsOfA, a);
        }
    }

    private static (IntervalSet Set, bool[] Bitmap) Any(Random random)
    {
        var set = new IntervalSet();
        var bitmap = new bool[Size];
        for (var i = random.Next(6); i > 0; i--)
        {
            var from = random.Next(Size);
            var to = random.Next(from, Size + 1);
            set.Add(from, to);
            bitmap.AsSpan(from, to - from).Fill(true);
        }

        return (set, bitmap);
    }

    private static void CheckAgainst(bool[] bitmap, IntervalSet set)
    {
        Assert.Equal(Runs(bitmap), set.Items.ToArray());
        Assert.Equal(bitmap.Count(bit => bit), set.Total);
        Assert.Equal(Array.LastIndexOf(bitmap, true) + 1, set.End);
        Assert.Equal(!bitmap.Contains(true), set.IsEmpty);
        for (var from = 0; from < Size; from++)
        {
            var covered = Array.IndexOf(bitmap, true, from);
            Assert.Equal(covered < 0 ? long.MaxValue : covered, set.NextCovered(from));
            var gap = Array.IndexOf(bitmap, false, from);
            Assert.Equal(gap < 0 ? Size : gap, set.FirstGap(from));
            for (var to = from; to <= Size; to += 7)
            {
                Assert.Equal(!bitmap.AsSpan(from, to - from).Contains(false), set.Contains(from, to));
            }
        }
    }

    private static List<Interval> Runs(bool[] bitmap)
    {
        var runs = new List<Interval>();
        for (var from = Array.IndexOf(bitmap, true); from >= 0;)
        {
            var end = Array.IndexOf(bitmap, false, from);
            end = end < 0 ? bitmap.Length : end;
            runs.Add(new Interval(from, end));
            from = end == bitmap.Length ? -1 : Array.IndexOf(bitmap, true, end);
        }

        return runs;
    }
}
