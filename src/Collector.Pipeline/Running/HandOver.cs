using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>The outcome of <see cref="HandOver.Give"/>.</summary>
public enum HandOverResult
{
    /// <summary>The next start begins there.</summary>
    Given,

    /// <summary>
    /// An earlier start has used them, or is about to: nothing was changed, and the collector's own positions count.
    /// </summary>
    AlreadyTaken,

    /// <summary>A collector has run on this data dir without them: nothing was changed.</summary>
    Refused,
}

/// <summary>
/// Another agent's positions, in a file of the data dir (FORMAT.md, Handed over): given before the first start, used by it, and put
/// aside when every output's beginning is durable.
/// </summary>
public sealed class HandOver
{
    internal const string Name = "handed-over";

    /// <summary>
    /// The positions were used. The file shows whether the same positions are given again, as an init container does at each start,
    /// or new ones too late.
    /// </summary>
    internal const string TakenName = Name + ".taken";

    private static readonly uint s_magic = Envelope.Magic("HAND"u8);

    private readonly IStorageDirectory _root;

    private HandOver(IStorageDirectory root, IReadOnlyList<HandedPosition> positions)
    {
        _root = root;
        Positions = positions;
    }

    /// <summary>None: nothing was handed over, or it was used before.</summary>
    internal IReadOnlyList<HandedPosition> Positions { get; private set; }

    /// <summary>
    /// Gives positions to the first start on a data dir, which is created if necessary; durable on return. If they are given again
    /// before that start, the newer ones count. Throws <see cref="DataDirException"/> when the directory cannot be used, as while a
    /// collector runs.
    /// </summary>
    public static HandOverResult Give(string dataDir, IReadOnlyList<HandedPosition> positions)
    {
        using var held = DataDir.Open(dataDir);
        var files = held.Root.ListFiles();
        // An output's directory exists before its first byte is read.
        var isUsed = held.Outputs.Count > 0;
        if (files.Contains(TakenName) || (isUsed && files.Contains(Name)))
        {
            return HandOverResult.AlreadyTaken;
        }

        if (isUsed)
        {
            return HandOverResult.Refused;
        }

        try
        {
            Write(held.Root, positions);
            return HandOverResult.Given;
        }
        catch (StorageException e)
        {
            throw new DataDirException($"dataDir {dataDir} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>
    /// The given positions. Throws <see cref="DataDirException"/> when they are damaged, because with any other beginning lines
    /// would be stored twice or not at all.
    /// </summary>
    internal static HandOver Open(IStorageDirectory root)
    {
        if (!root.ListFiles().Contains(Name))
        {
            return new HandOver(root, []);
        }

        using var file = root.Open(Name);
        using var payload = new ByteBuffer();
        return Envelope.Read(file, 0, s_magic, payload) == EnvelopeStatus.Whole && Read(payload.Written, $"{root.Location}/{Name}") is { } positions
            ? new HandOver(root, positions)
            : throw new DataDirException($"{root.Location}/{Name}, the file with the positions of another agent, is damaged; import the positions again with collector convert --positions, or delete the file to begin at startAt");
    }

    /// <summary>
    /// The positions are used: every output's beginning is durable. Throws <see cref="StorageException"/>; it is then called again.
    /// </summary>
    internal void SetAside()
    {
        if (Positions.Count > 0 || _root.TryGetLength(Name) is not null)
        {
            _root.Rename(Name, TakenName);
            _root.Sync();
            Positions = [];
        }
    }

    internal static void Write(IStorageDirectory root, IReadOnlyList<HandedPosition> positions)
    {
        using var to = new ByteBuffer();
        var start = Envelope.Begin(to, s_magic);
        to.WriteUInt16(Envelope.Version);
        to.WriteVarint(positions.Count);
        foreach (var position in positions)
        {
            to.WriteString(position.Path);
            to.WriteInt64(unchecked((long)position.Inode));
            to.WriteInt64(position.Offset);
            to.WriteInt64(position.KnownAt);
        }

        Envelope.End(to, start);
        root.Replace(Name, to.Written);
    }

    private static List<HandedPosition>? Read(ReadOnlySpan<byte> payload, string file)
    {
        var reader = new SpanReader(payload);
        FormatVersionException.ThrowIfUnknown(reader.ReadUInt16(), file);
        var positions = new List<HandedPosition>();
        for (var left = reader.ReadVarint(); left > 0 && !reader.Failed; left--)
        {
            positions.Add(new HandedPosition(reader.ReadString(), unchecked((ulong)reader.ReadInt64()), reader.ReadInt64(), reader.ReadInt64()));
        }

        return reader is { Failed: false, AtEnd: true } ? positions : null;
    }
}
