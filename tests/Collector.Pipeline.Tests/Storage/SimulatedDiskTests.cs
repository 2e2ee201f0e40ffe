using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

/// <summary>The twin's faults, its limits and its books; what a power loss leaves is in <see cref="PowerLossTests"/>.</summary>
public sealed class SimulatedDiskTests
{
    private readonly SimulatedDisk _disk = new(seed: 1);

    [Fact]
    public void A_crash_before_an_operation_leaves_it_undone_and_the_process_dead()
    {
        _disk.FailAt(2, DiskFault.CrashBefore);
        var file = _disk.Root.Create("a");

        Assert.Throws<SimulatedCrashException>(() => file.Write("x"u8, 0));
        Assert.Throws<SimulatedCrashException>(() => file.Length);
        Assert.Throws<SimulatedCrashException>(() => _disk.Root.ListFiles());
        file.Dispose();

        Assert.Equal(0, _disk.Restart(0, LossMode.ProcessCrash).Root.GetLength("a"));
    }

    [Fact]
    public void A_crash_after_an_operation_leaves_it_done()
    {
        _disk.FailAt(2, DiskFault.CrashAfter);
        var file = _disk.Root.Create("a");

        Assert.Throws<SimulatedCrashException>(() => file.Write("xyz"u8, 0));

        Assert.Equal(3, _disk.Restart(0, LossMode.ProcessCrash).Root.GetLength("a"));
    }

    [Theory]
    [InlineData(DiskFault.ShortWriteNoSpace, StorageError.Full)]
    [InlineData(DiskFault.ShortWriteIo, StorageError.Io)]
    public void A_short_write_leaves_a_prefix_that_can_be_cut_off_again(DiskFault fault, StorageError error)
    {
        _disk.FailAt(2, fault);
        using var file = _disk.Root.Create("a");

        var failure = Assert.Throws<StorageException>(() => file.Write(new byte[1000], 0));

        Assert.Equal(error, failure.Error);
        Assert.InRange(file.Length, 1, 999);
        file.Truncate(0);
        file.Write(new byte[1000], 0);
        Assert.Equal(1000, file.Length);
    }

    [Fact]
    public void A_fault_may_last_for_several_operations_and_passes()
    {
        using var file = _disk.Root.Create("a");
        _disk.FailAt(_disk.Operations + 1, DiskFault.NoSpace, times: 2);

        Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => file.Write("x"u8, 0)).Error);
        Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => _disk.Root.Rename("a", "b")).Error);
        file.Write("x"u8, 0);
        Assert.Equal(["a"], _disk.Root.ListFiles());
    }

    [Fact]
    public void A_read_fails_on_demand()
    {
        using var file = _disk.Root.Create("a");
        _disk.FailReadAt(2);

        Assert.Equal(0, file.Read(new byte[1], 0));
        Assert.Equal(StorageError.Io, Assert.Throws<StorageException>(() => file.Read(new byte[1], 0)).Error);
    }

    [Fact]
    public void A_full_disk_takes_what_fits_and_has_space_again_after_a_delete()
    {
        _disk.CapacityBytes = 3 * 4096;
        Fill("a", 2 * 4096);
        using var file = _disk.Root.Create("b");

        var failure = Assert.Throws<StorageException>(() => file.Write(new byte[5000], 100));

        Assert.Equal(StorageError.Full, failure.Error);
        Assert.Equal(4096, file.Length);
        Assert.Equal((0L, 3L * 4096), _disk.Root.GetSpace());

        _disk.Root.Delete("a");
        file.Write(new byte[5000], 100);
        Assert.Equal(4096, _disk.Root.GetSpace().Free);
    }

    [Fact]
    public void A_deleted_file_keeps_its_space_while_it_is_open()
    {
        _disk.CapacityBytes = 4096;
        var file = _disk.Root.Create("a");
        file.Write("x"u8, 0);
        _disk.Root.Delete("a");

        Assert.Equal(0, _disk.Root.GetSpace().Free);
        file.Dispose();
        Assert.Equal(4096, _disk.Root.GetSpace().Free);
    }

    [Fact]
    public void Preallocated_space_is_there_when_the_disk_is_full()
    {
        _disk.CapacityBytes = 2 * 4096;
        using var reserve = _disk.Root.Create("reserve");
        reserve.Preallocate(4096);
        Fill("a", 4096);
        Assert.Equal(0, _disk.Root.GetSpace().Free);

        reserve.Write(new byte[4096], 0);
        Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => reserve.Write("x"u8, 4096)).Error);
        Assert.Equal(StorageError.Full, Assert.Throws<StorageException>(() => reserve.Preallocate(8192)).Error);
    }

    [Fact]
    public void Truncating_gives_space_back()
    {
        _disk.CapacityBytes = 2 * 4096;
        using var file = _disk.Root.Create("a");
        file.Write(new byte[8192], 0);

        file.Truncate(4097);
        Assert.Equal(0, _disk.Root.GetSpace().Free);
        file.Truncate(4096);
        Assert.Equal(4096, _disk.Root.GetSpace().Free);
    }

    [Fact]
    public void Open_handles_are_counted()
    {
        var first = _disk.Root.Create("a");
        var second = _disk.Root.Open("a");
        Assert.Equal(2, _disk.OpenHandles);

        first.Dispose();
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, _disk.OpenHandles);
    }

    [Fact]
    public void Every_changing_operation_is_numbered_and_told()
    {
        using var file = _disk.Root.OpenDirectory("d").Create("a");
        file.Write("xyz"u8, 4);
        file.Sync();
        file.Read(new byte[1], 0);

        Assert.Equal(["make directory /d", "sync directory /", "create /d/a", "write /d/a [4, 7)", "sync /d/a"], _disk.Trace);
        Assert.Equal(5, _disk.Operations);
        Assert.Equal(1, _disk.Reads);
    }

    [Fact]
    public void A_restart_can_be_taken_again_from_the_same_state()
    {
        Fill("a", 10);
        var first = _disk.Restart(0, LossMode.ProcessCrash);
        first.Root.Delete("a");

        Assert.Equal(["a"], _disk.Restart(0, LossMode.ProcessCrash).Root.ListFiles());
    }

    private void Fill(string name, int length)
    {
        using var file = _disk.Root.Create(name);
        file.Write(new byte[length], 0);
    }
}
