using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>Room on the disk for one object, kept by a preallocated file, so that a full disk can be drained (I15).</summary>
internal static class Reserve
{
    private const string Growing = "reserve.new";

    /// <summary>Compressors may make incompressible bytes a little larger; a header has room for its coverage.</summary>
    private const long Overhead = 2 << 20;

    /// <summary>Makes the reserve when it is missing or too small; false when the disk has no room for it now.</summary>
    public static bool Ensure(IStorageDirectory directory, long maxSize)
    {
        var wanted = maxSize + (maxSize / 64) + Overhead;
        if (LengthOf(directory) >= wanted)
        {
            return true;
        }

        try
        {
            directory.Delete(Growing);
            using (var file = directory.Create(Growing))
            {
                file.Preallocate(wanted);
                file.Sync();
            }

            directory.Rename(Growing, FileNames.Reserve);
            directory.Sync();
            return true;
        }
        catch (StorageException e) when (e.Error == StorageError.Full)
        {
            directory.Delete(Growing);
            return false;
        }
    }

    /// <summary>Bytes that it has room for; -1 when there is none.</summary>
    public static long LengthOf(IStorageDirectory directory) =>
        directory.TryGetLength(FileNames.Reserve) ?? -1;
}
