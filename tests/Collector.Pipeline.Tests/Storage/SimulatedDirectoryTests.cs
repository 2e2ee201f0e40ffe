using Collector.Pipeline.Storage;
using Collector.Testing.Storage;

namespace Collector.Pipeline.Tests.Storage;

public sealed class SimulatedDirectoryTests : StorageDirectoryContract
{
    private readonly SimulatedDisk _disk = new();

    protected override IStorageDirectory Root => _disk.Root;
}
