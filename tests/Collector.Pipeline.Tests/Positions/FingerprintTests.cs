using Collector.Pipeline.Positions;
using Xunit;

namespace Collector.Pipeline.Tests.Positions;

public sealed class FingerprintTests
{
    private static byte[] File(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>S-6.</summary>
    [Fact]
    public void A_fingerprint_taken_at_any_length_matches_the_file_at_every_length_it_grows_to()
    {
        var file = File(1, 1100);
        for (var taken = 0; taken <= file.Length; taken += taken < 70 ? 1 : 37)
        {
            var fingerprint = Fingerprint.Of(file.AsSpan(0, taken));
            for (var now = taken; now <= file.Length; now++)
            {
                Assert.Equal(Math.Min(taken, Fingerprint.MaxLength), fingerprint.Compare(file.AsSpan(0, now)));
            }
        }
    }

    [Fact]
    public void A_file_that_has_become_shorter_is_compared_down_to_a_power_of_two()
    {
        var file = File(1, 1024);
        var fingerprint = Fingerprint.Of(file);
        for (var now = 1; now < 1024; now++)
        {
            var compared = fingerprint.Compare(file.AsSpan(0, now));
            Assert.True(compared <= now && compared * 2 > now, $"{compared} of {now}");
        }

        Assert.Equal(0, fingerprint.Compare([]));
    }

    [Fact]
    public void One_byte_that_differs_is_seen_wherever_the_two_can_be_compared()
    {
        var file = File(1, 200);
        var fingerprint = Fingerprint.Of(file);
        for (var at = 0; at < file.Length; at++)
        {
            var other = file.ToArray();
            other[at] ^= 1;

            Assert.Equal(-1, fingerprint.Compare(other));
            Assert.Equal(at < 128 ? -1 : 128, fingerprint.Compare(other.AsSpan(0, 199)));
        }
    }

    /// <summary>What agrees is never passed over, and what differs in the common power of two of bytes always is.</summary>
    [Fact]
    public void Two_fingerprints_tell_without_the_bytes_what_cannot_agree()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var file = File(round, random.Next(0, 1100));
            var other = file[..random.Next(0, file.Length + 1)];
            var at = random.Next(0, Math.Max(1, other.Length));
            var differs = other.Length > 0 && random.Next(2) == 0;
            if (differs)
            {
                other[at] ^= 1;
            }

            var (one, two) = (Fingerprint.Of(file), Fingerprint.Of(other));
            var common = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(two.Length, one.Length) + 1) / 2;
            Assert.Equal(!differs || at >= common, one.MayAgree(two));
            Assert.Equal(one.MayAgree(two), two.MayAgree(one));
            Assert.True(one.MayAgree(two) || one.Compare(other) < 0);
        }
    }

    /// <summary>A version that took fewer bytes has left fingerprints of fewer bytes; they go on finding their files.</summary>
    [Fact]
    public void A_fingerprint_that_was_stored_with_another_size_still_finds_its_file()
    {
        var file = File(1, 5000);
        foreach (var size in (int[])[1, 16, 100, 256, 1000, 1024])
        {
            var before = Fingerprint.Of(file.AsSpan(0, size));
            var stored = Fingerprint.FromStored(before.Length, before.Rungs);

            Assert.Equal(size, stored?.Compare(file));
            Assert.Equal(-1, stored?.Compare(File(2, 5000)));
        }
    }

    [Fact]
    public void Parts_that_do_not_fit_are_no_fingerprint()
    {
        Assert.Null(Fingerprint.FromStored(5, [1, 2, 3]));
        Assert.Null(Fingerprint.FromStored(-1, []));
        Assert.Null(Fingerprint.FromStored(Fingerprint.MaxLength + 1, new ulong[12]));
        Assert.NotNull(Fingerprint.FromStored(5, [1, 2, 3, 4]));
    }
}
