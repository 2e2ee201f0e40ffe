using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Positions;

public sealed class CoverageCodecTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var map = Any(new Random(seed));
            using var buffer = new ByteBuffer();
            CoverageCodec.Write(buffer, map);

            AssertEqual(map, Read(buffer, []));
        }
    }

    [Fact]
    public void An_identity_is_told_once_a_file_and_again_when_its_fingerprint_has_grown()
    {
        var told = new ToldGenerations();
        var known = new Dictionary<GenerationId, GenerationIdentity>();
        using var first = Write(Identity(1, 10), told);
        using var second = Write(Identity(1, 10), told);
        using var third = Write(Identity(1, 20), told);

        Assert.True(second.Length < first.Length && first.Length < third.Length);
        Assert.Equal(10, Read(first, known).Entries.Single().Identity.Fingerprint.Length);
        Assert.Equal(10, Read(second, known).Entries.Single().Identity.Fingerprint.Length);
        Assert.Equal(20, Read(third, known).Entries.Single().Identity.Fingerprint.Length);
    }

    [Fact]
    public void A_digest_is_told_again_only_when_it_reaches_farther()
    {
        var told = new ToldGenerations();
        var digest = ContentDigest.From(0).Append("abc"u8, 0);
        var lengths = new List<int>();
        foreach (var next in (ContentDigest[])[digest, digest, digest.Append("def"u8, 3), digest])
        {
            var map = new CoverageMap();
            var entry = map.GetOrAdd(Identity(1, 10));
            entry.Add(0, 5, default);
            entry.Add(next);
            using var buffer = new ByteBuffer();
            CoverageCodec.Write(buffer, map, told);
            lengths.Add(buffer.Length);
        }

        Assert.True(lengths[1] < lengths[0] && lengths[1] < lengths[2]);
        Assert.Equal(lengths[1], lengths[3]);
    }

    [Fact]
    public void Of_two_digests_of_a_generation_the_one_that_reaches_farther_counts()
    {
        var near = ContentDigest.From(0).Append("abc"u8, 0);
        var far = near.Append("def"u8, 3);
        foreach (var (first, second) in ((ContentDigest?, ContentDigest?)[])[(near, far), (far, near), (far, null), (null, far)])
        {
            var (a, b) = (new CoverageEntry(Identity(1, 10)), new CoverageEntry(Identity(1, 10)));
            a.Add(first);
            b.Add(second);
            a.Add(b);
            Assert.Equal(far, a.Digest);
        }
    }

    [Fact]
    public void Bytes_that_end_anywhere_are_refused()
    {
        using var buffer = new ByteBuffer();
        CoverageCodec.Write(buffer, Any(new Random(3)));
        for (var length = 0; length < buffer.Length; length++)
        {
            var reader = new SpanReader(buffer.Written[..length]);

            Assert.False(CoverageCodec.TryRead(ref reader, new CoverageMap(), []));
        }
    }

    [Fact]
    public void Subtracting_leaves_what_only_one_of_two_covers()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var (all, part) = (Any(new Random(seed)), Any(new Random(seed + 1000)));
            var union = new CoverageMap();
            union.Add(all);
            union.Add(part);
            Assert.True(union.Contains(all) && union.Contains(part));

            union.Subtract(part);
            foreach (var interval in part.Entries.SelectMany(e => e.Intervals.Items.ToArray().Select(i => (e.Identity.Id, i))))
            {
                Assert.True(union.Find(interval.Id)!.Intervals.NextCovered(interval.i.From) >= interval.i.To);
            }

            union.Add(part);
            Assert.True(union.Contains(all));
        }
    }

    /// <summary>A copy that was taken for the generation was born later than its original; of one file the longer fingerprint is the newer.</summary>
    [Theory]
    [InlineData(-4, 10, true)]
    [InlineData(-6, 20, false)]
    [InlineData(-5, 20, true)]
    [InlineData(-5, 5, false)]
    public void Of_two_identities_of_one_generation_the_newer_one_is_kept(long born, int fingerprint, bool isTaken)
    {
        var known = Identity(1, 10);
        var other = Identity(1, fingerprint) with { BirthTime = born, Inode = 77 };
        var entry = new CoverageEntry(known);
        entry.AddKnowledge(new CoverageEntry(other));
        Assert.Equal(isTaken ? 77UL : known.Inode, entry.Identity.Inode);
    }

    private static GenerationIdentity Identity(int id, int fingerprint) => new(
        new GenerationId((ulong)id), id * 2, 3, ulong.MaxValue - 4, -5, $"chain-{id}", "0.log", Fingerprint.Of(new byte[fingerprint]));

    private static CoverageMap Any(Random random)
    {
        var map = new CoverageMap();
        for (var id = random.Next(1, 5); id > 0; id--)
        {
            var entry = map.GetOrAdd(Identity(id, random.Next(1100)));
            for (var i = random.Next(5); i >= 0; i--)
            {
                var from = random.NextInt64(1L << random.Next(1, 50));
                entry.Add(from, from + random.Next(1, 100), new ResumeGuard((byte)random.Next(256), (uint)random.Next()));
            }

            entry.SeenSize = random.NextInt64(1L << 50);
            entry.Add(random.Next(3) == 0 ? null : AnyDigest(random));
        }

        return map;
    }

    private static ContentDigest AnyDigest(Random random)
    {
        var origin = random.Next(2) * random.NextInt64(1L << 40);
        var digest = ContentDigest.From(origin);
        for (var i = random.Next(4); i > 0; i--)
        {
            var bytes = new byte[random.Next(1, 3_000_000)];
            random.NextBytes(bytes.AsSpan(0, 10));
            digest = digest.Append(bytes, digest.End).Mark();
        }

        return digest;
    }

    private static ByteBuffer Write(GenerationIdentity identity, ToldGenerations told)
    {
        var map = new CoverageMap();
        map.GetOrAdd(identity).Add(0, 5, default);
        var buffer = new ByteBuffer();
        CoverageCodec.Write(buffer, map, told);
        return buffer;
    }

    private static CoverageMap Read(ByteBuffer buffer, Dictionary<GenerationId, GenerationIdentity> known)
    {
        var map = new CoverageMap();
        var reader = new SpanReader(buffer.Written);
        Assert.True(CoverageCodec.TryRead(ref reader, map, known));
        Assert.True(reader.AtEnd);
        return map;
    }

    private static void AssertEqual(CoverageMap expected, CoverageMap actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (a, b) in expected.Entries.OrderBy(e => e.Identity.Id.Value).Zip(actual.Entries.OrderBy(e => e.Identity.Id.Value)))
        {
            Assert.Equal(a.Identity with { Fingerprint = b.Identity.Fingerprint }, b.Identity);
            Assert.Equal(a.Identity.Fingerprint.Rungs.ToArray(), b.Identity.Fingerprint.Rungs.ToArray());
            Assert.Equal(a.Intervals.Items.ToArray(), b.Intervals.Items.ToArray());
            Assert.Equal((a.Guard, a.SeenSize, a.Digest), (b.Guard, b.SeenSize, b.Digest));
        }
    }
}
