using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Collector.Pipeline.Running;

/// <summary>
/// Drops what waits for one output while no collector runs (<c>collector buffer drop</c>), as a full buffer does: the coverage of
/// each object and chunk is durable in the positions, with a line for the catalog, before its file is deleted. So its records are
/// not read again, and a reader of the catalog sees them as dropped. Objects of the catalog stay: they are what proves the rest.
/// </summary>
internal sealed class BufferDrop(DataDir dataDir, string location, string output)
{
    /// <summary>In the catalog, beside the names of <see cref="DropReason"/>.</summary>
    private const string Reason = "given_up";

    private readonly List<string> _dropped = [];

    /// <summary>The names of the dropped files. Throws <see cref="StorageException"/>: what was dropped until then stays dropped.</summary>
    public IReadOnlyCollection<string> Run()
    {
        var settings = new OutputSettings { Name = output, Node = "" };
        var clock = TimeProvider.System;
        var (recovered, _, unwanted) = new PipelineRecovery(dataDir, location, [settings], new Books(clock), clock, NullLogger.Instance).Run();
        unwanted.Dispose();
        using var positions = recovered[0].Positions;
        var directory = recovered[0].Directory;
        foreach (var chunk in recovered[0].Chunks)
        {
            chunk.Dispose();
        }

        foreach (var name in directory.ListFiles())
        {
            if (FileNames.TryParse(name, out var seq, out var state) && state != FileState.Sealing)
            {
                Drop(directory, positions, name, seq, state);
            }
        }

        directory.Sync();
        return _dropped;
    }

    private void Drop(IStorageDirectory directory, PositionsJournal positions, string name, long seq, FileState state)
    {
        var header = state == FileState.Chunk ? ReadChunk(directory, name) : ReadObject(directory, name);
        if (header?.Span is not null)
        {
            return;
        }

        if (header is null || header.Seq != seq)
        {
            // Damaged, or not the file that its name says: it covers nothing, and was reported when it was found.
            positions.GiveUp(seq);
        }
        else
        {
            positions.Fold(seq, header.OpenedAt, header.Coverage, number => CatalogLine.Of(number, header, Reason));
        }

        ObjectFile.Remove(directory, name, header?.FromReserve == true);
        _dropped.Add(name);
    }

    private static ObjectHeader? ReadObject(IStorageDirectory directory, string name)
    {
        using var file = directory.Open(name);
        return ObjectHeader.Read(file, name);
    }

    /// <summary>The header that the chunk's object would have, without a body.</summary>
    private static ObjectHeader? ReadChunk(IStorageDirectory directory, string name)
    {
        using var file = directory.Open(name);
        using var reader = ChunkReader.Open(file, name);
        while (reader?.MoveNext() == true)
        {
        }

        return reader is null ? null : ObjectHeader.Of(OpenChunk.From(reader, name)) with { Streams = reader.Streams };
    }
}
