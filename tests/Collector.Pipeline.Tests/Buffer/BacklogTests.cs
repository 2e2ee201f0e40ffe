using Collector.Pipeline.Buffer;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class BacklogTests
{
    private readonly Backlog _backlog = new();

    private BacklogItem Add(long seq, string prefix, ItemState state = ItemState.Sealed, long? openedAt = null)
    {
        var item = new BacklogItem(seq, openedAt ?? (1000 + seq), PrefixId.Of(prefix)) { State = state };
        _backlog.Add(item);
        return item;
    }

    [Fact]
    public void A_prefix_has_one_object_in_flight_and_its_objects_are_taken_in_key_order()
    {
        var second = Add(2, "a/");
        var first = Add(1, "a/");
        var third = Add(3, "a/");

        Assert.Same(first, _backlog.TakeForUpload());
        Assert.Null(_backlog.TakeForUpload());
        _backlog.Return(first);
        Assert.Same(first, _backlog.TakeForUpload());
        _backlog.Remove(first);
        Assert.Same(second, _backlog.TakeForUpload());
        _backlog.Remove(second);
        Assert.Same(third, _backlog.TakeForUpload());
    }

    [Fact]
    public void What_is_added_in_front_of_an_object_in_flight_waits_for_it()
    {
        var second = Add(2, "a/");
        Assert.Same(second, _backlog.TakeForUpload());
        var first = Add(1, "a/");

        Assert.Null(_backlog.TakeForUpload());
        _backlog.Return(second);
        Assert.Same(first, _backlog.TakeForUpload());
        Assert.Null(_backlog.TakeForUpload());
    }

    [Fact]
    public void Key_order_is_that_of_the_opening_then_of_the_seq()
    {
        var last = Add(1, "a/", openedAt: 1001);
        var middle = Add(3, "a/", openedAt: 1000);
        var first = Add(2, "a/", openedAt: 1000);

        Assert.Equal([first, middle, last], TakeAll());
    }

    [Fact]
    public void Over_all_prefixes_the_oldest_comes_first()
    {
        var c = Add(3, "c/");
        var a = Add(1, "a/");
        var b = Add(2, "b/");

        Assert.Equal([a, b, c], [_backlog.TakeForUpload()!, _backlog.TakeForUpload()!, _backlog.TakeForUpload()!]);
        Assert.Null(_backlog.TakeForUpload());
    }

    [Fact]
    public void A_chunk_that_cannot_be_sealed_lets_the_others_go_first()
    {
        var bad = Add(1, "a/", ItemState.Closed);
        var good = Add(2, "b/", ItemState.Closed);

        _backlog.SealFailed(_backlog.NextToSeal()!);
        Assert.Same(good, _backlog.NextToSeal());
        _backlog.Sealed(good, 4096);
        Assert.Same(bad, _backlog.NextToSeal());
        _backlog.Sealed(bad, 4096);
        Assert.Equal(0, bad.Failures);
    }

    [Fact]
    public void A_closed_chunk_holds_up_the_objects_of_its_prefix_and_no_others()
    {
        var closed = Add(1, "a/", ItemState.Closed);
        var behind = Add(2, "a/");
        var other = Add(3, "b/");

        Assert.Same(other, _backlog.TakeForUpload());
        Assert.Null(_backlog.TakeForUpload());
        Assert.Same(closed, _backlog.NextToSeal());
        _backlog.Sealed(closed, 4096);
        Assert.Null(_backlog.NextToSeal());
        Assert.Same(closed, _backlog.TakeForUpload());
        _backlog.Remove(closed);
        Assert.Same(behind, _backlog.TakeForUpload());
    }

    [Fact]
    public void What_is_dropped_is_the_oldest_that_is_not_in_flight()
    {
        var inFlight = Add(1, "a/");
        var behind = Add(2, "a/");
        Add(3, "b/", ItemState.Closed);
        var last = Add(4, "b/");
        Assert.Same(inFlight, _backlog.TakeForUpload());

        Assert.Same(behind, _backlog.TakeForDrop());
        Assert.Same(last, _backlog.TakeForDrop());
        Assert.Null(_backlog.TakeForDrop());

        _backlog.Remove(behind);
        _backlog.Return(inFlight);
        Assert.Same(inFlight, _backlog.TakeForUpload());
    }

    [Fact]
    public void A_head_that_is_being_dropped_holds_up_its_prefix()
    {
        var dropping = Add(1, "a/");
        var next = Add(2, "a/");
        Assert.Same(dropping, _backlog.TakeForDrop());

        Assert.Null(_backlog.TakeForUpload());
        _backlog.Remove(dropping);
        Assert.Same(next, _backlog.TakeForUpload());
    }

    [Fact]
    public void Counts_and_the_oldest_opening_follow_what_is_there()
    {
        Assert.Null(_backlog.OldestOpenedAt());
        var a = Add(5, "a/", ItemState.Closed);
        var b = Add(2, "b/");
        Assert.Equal((2, 1, 1002L), (_backlog.Count, _backlog.ClosedCount, _backlog.OldestOpenedAt()));

        _backlog.Remove(b);
        Assert.Equal((1, 1, 1005L), (_backlog.Count, _backlog.ClosedCount, _backlog.OldestOpenedAt()));
        _backlog.Remove(a);
        Assert.Equal((0, 0), (_backlog.Count, _backlog.ClosedCount));
    }

    [Fact]
    public void Whoever_waits_is_told_of_what_may_be_taken()
    {
        var told = 0;
        _backlog.Changed += () => told++;

        var item = Add(1, "a/", ItemState.Closed);
        _backlog.Sealed(item, 1);
        _backlog.TakeForUpload();
        _backlog.Return(item);
        _backlog.Remove(item);

        Assert.Equal(4, told);
    }

    private List<BacklogItem> TakeAll()
    {
        var taken = new List<BacklogItem>();
        while (_backlog.TakeForUpload() is { } item)
        {
            taken.Add(item);
            _backlog.Remove(item);
        }

        return taken;
    }
}
