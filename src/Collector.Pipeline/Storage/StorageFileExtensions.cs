using Collector.Pipeline.Records;

namespace Collector.Pipeline.Storage;

/// <summary>Operations on any <see cref="IStorageDirectory"/> and its files.</summary>
internal static class StorageFileExtensions
{
    private const int Piece = 64 * 1024;

    /// <summary>The length in bytes of a file; null when there is none of that name. Lists nothing: a directory may hold 250,000.</summary>
    public static long? TryGetLength(this IStorageDirectory directory, string name)
    {
        try
        {
            return directory.GetLength(name);
        }
        catch (StorageException e) when (e.Error == StorageError.NotFound)
        {
            return null;
        }
    }

    /// <summary>Makes a small file with these bytes durable: after a crash it has the new or the old content.</summary>
    public static void Replace(this IStorageDirectory directory, string name, ReadOnlySpan<byte> bytes)
    {
        var next = name + ".new";
        directory.Delete(next);
        using (var file = directory.Create(next))
        {
            file.Write(bytes, 0);
            file.Sync();
        }

        directory.Rename(next, name);
        directory.Sync();
    }

    /// <summary>
    /// Writes a file's content to the same place again. After a failed fsync Linux marks the pages as clean: a second fsync would
    /// succeed without the data reaching the disk, unless they are written once more.
    /// </summary>
    public static void WriteAgain(this IStorageFile file, long from, long to)
    {
        using var buffer = new ByteBuffer(Piece);
        var piece = buffer.GetSpan(Piece)[..Piece];
        for (var at = from; at < to;)
        {
            var got = file.Read(piece[..(int)Math.Min(Piece, to - at)], at);
            if (got == 0)
            {
                throw new StorageException(StorageError.Io, $"the file is truncated: it ends at byte {at}, not at byte {to}");
            }

            file.Write(piece[..got], at);
            at += got;
        }
    }
}
