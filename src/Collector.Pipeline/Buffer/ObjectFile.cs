using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>Sealed objects as files: checking, deleting, copying under a new key. Stateless; safe from any thread.</summary>
internal static class ObjectFile
{
    private const int Piece = 64 * 1024;

    private delegate void PieceHandler(ReadOnlySpan<byte> piece);

    /// <summary>Whether the body still has the checksum of its header, or of its frames.</summary>
    public static bool BodyChecks(IStorageFile file, string name, ObjectHeader header)
    {
        if (header.IsInPlace)
        {
            return FramesCheck(file, name, header);
        }

        uint crc = 0;
        return Walk(file, header, piece => crc = Crc32C.Append(crc, piece)) && crc == header.BodyCrc;
    }

    /// <summary>For an object that was sealed for a store without use for it.</summary>
    public static byte[] Sha256(IStorageFile file, ObjectHeader header)
    {
        using var hash = new BodyHash(isSha256: true);
        return Walk(file, header, hash.Write) ? hash.Sha256()! : throw Short(header.Key);
    }

    /// <summary>
    /// Deletes an object. An object that was made in the reserve becomes the reserve again, unless a file of the same size has
    /// taken its place (on a full disk a half-made object may stand in for it).
    /// </summary>
    public static void Remove(IStorageDirectory directory, string name, bool fromReserve)
    {
        if (fromReserve && Reserve.LengthOf(directory) < directory.GetLength(name))
        {
            directory.Rename(name, FileNames.Reserve);
            return;
        }

        directory.Delete(name);
    }

    /// <summary>
    /// Makes a copy of an object under a new chunk id, durable on return; the old file still exists. The time in the key stays, and
    /// so does the object's place in its prefix. The journal chooses the copy's seq, which is pending before the copy has a name.
    /// </summary>
    public static ObjectHeader CopyWithNewKey(IStorageDirectory directory, string name, PositionsJournal positions)
    {
        using var source = directory.Open(name);
        if (ObjectHeader.Read(source, name) is not { } old || !BodyChecks(source, name, old))
        {
            throw new StorageException(StorageError.Io, $"{directory.Location}/{name} is damaged: its checksum does not match");
        }

        var (seq, _) = positions.Next();
        var (oldId, newId) = (ChunkHeader.FormatId(old.Seq, old.Instance), ChunkHeader.FormatId(seq, positions.Instance));
        var header = old with
        {
            Seq = seq,
            Instance = positions.Instance,
            Replaces = old.Seq,
            FromReserve = false,
            IsInPlace = false,
            Key = old.Prefix + old.Key[old.Prefix.Length..].Replace(oldId, newId, StringComparison.Ordinal),
        };
        using var bytes = new ByteBuffer();
        header.Write(bytes);
        header = header with { BodyOffset = bytes.Length };
        var sealing = FileNames.Format(seq, FileState.Sealing);
        try
        {
            using (var copy = directory.Create(sealing))
            {
                header = CopyBody(source, old, copy, header);
                bytes.Reset();
                header.Write(bytes);
                copy.Write(bytes.Written, 0);
                copy.Sync();
                header = header with { FileLength = header.BodyOffset + header.BodyLength };
            }

            directory.Rename(sealing, FileNames.Format(seq, FileState.Object));
            directory.Sync();
            return header;
        }
        catch (StorageException)
        {
            // If it stayed, the next try would leave a second copy.
            directory.Delete(sealing);
            directory.Delete(FileNames.Format(seq, FileState.Object));
            positions.Unused(seq);
            throw;
        }
    }

    /// <summary>The copy's body is in one piece; returns its header.</summary>
    private static ObjectHeader CopyBody(IStorageFile from, ObjectHeader old, IStorageFile to, ObjectHeader header)
    {
        using var body = new BodyWriter(to, header.BodyOffset, hashes: false);
        if (!Walk(from, old, body.Write))
        {
            throw Short(old.Key);
        }

        body.Flush();
        return header with { BodyCrc = body.Crc };
    }

    private static bool FramesCheck(IStorageFile file, string name, ObjectHeader header)
    {
        using var reader = ChunkReader.Open(file, name);
        while (reader?.Records < header.Records && reader.MoveNext())
        {
        }

        return reader?.Records == header.Records && reader.Bytes == header.BodyLength;
    }

    /// <summary>Gives the body piece by piece; false when the file ends before it.</summary>
    private static bool Walk(IStorageFile file, ObjectHeader header, PieceHandler take)
    {
        using var buffer = new ByteBuffer(Piece);
        var piece = buffer.GetSpan(Piece)[..Piece];
        using var body = SealedBody.Open(file, header, leaveOpen: true);
        while (body.Position < body.Length)
        {
            var got = body.Read(piece);
            if (got == 0)
            {
                return false;
            }

            take(piece[..got]);
        }

        return true;
    }

    private static StorageException Short(string key) => new(StorageError.Io, $"the file of {key} is shorter than its header says");
}
