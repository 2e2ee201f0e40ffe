using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>The position of an output in a file.</summary>
/// <param name="Output">Its name.</param>
/// <param name="Generation">The file generation's id in the data dir and in the catalog.</param>
/// <param name="Stored">Bytes of text from the beginning on that are in the store, or skipped.</param>
/// <param name="Buffered">The same, or waiting on the node's disk.</param>
public sealed record FilePosition(string Output, string Generation, long Stored, long Buffered);

/// <summary>
/// The read positions of a node's files, from its data dir. Reading them changes nothing, and is safe while a collector is running.
/// </summary>
public sealed class PositionsReport
{
    /// <summary>A running collector renames its journals, which makes a listing out of date.</summary>
    private const int MostTries = 3;

    private readonly IReadOnlyList<(string Output, CoverageMap Stored, CoverageMap Buffered)> _outputs;

    private PositionsReport(IReadOnlyList<(string Output, CoverageMap Stored, CoverageMap Buffered)> outputs) => _outputs = outputs;

    /// <summary>Without outputs when there is no data dir. Throws <see cref="DataDirException"/> when it cannot be read.</summary>
    public static PositionsReport Read(string dataDir)
    {
        var outputs = Path.Join(dataDir, "outputs");
        try
        {
            return new([.. Directory.Exists(outputs) ? Directory.GetDirectories(outputs).Order(StringComparer.Ordinal).Select(ReadOutput) : []]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatVersionException)
        {
            throw new DataDirException($"the positions below {outputs} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The positions of the outputs that know the file. Content that was written in its place is not detected.</summary>
    public IReadOnlyList<FilePosition> Find(SurveyedFile file)
    {
        var status = file.Status;
        List<FilePosition> positions = [];
        foreach (var (output, stored, buffered) in _outputs)
        {
            var known = buffered.Entries
                .Where(e => e.Identity.Inode == status.Inode && (e.Identity.BirthTime == 0 || status.BirthTime == 0 ? e.Identity.Device == status.Device : e.Identity.BirthTime == status.BirthTime))
                .MaxBy(e => e.Identity.Ordinal);
            if (known is not null)
            {
                positions.Add(new FilePosition(output, known.Identity.Id.ToString(), stored.Find(known.Identity.Id)?.Intervals.FirstGap(0) ?? 0, known.Intervals.FirstGap(0)));
            }
        }

        return positions;
    }

    private static (string Output, CoverageMap Stored, CoverageMap Buffered) ReadOutput(string path)
    {
        var directory = FileSystemDirectory.Open(path);
        for (var tried = 1; ; tried++)
        {
            try
            {
                var files = directory.ListFiles();
                var stored = LoadedPositions.Load(directory, files).Coverage;
                var buffered = stored.Copy();
                foreach (var name in files)
                {
                    if (FileNames.TryParse(name, out _, out var state) && state != FileState.Sealing)
                    {
                        AddWaiting(directory, name, state, buffered);
                    }
                }

                return (Path.GetFileName(path), stored, buffered);
            }
            catch (StorageException e) when (e.Error == StorageError.NotFound && tried < MostTries)
            {
                // Another try, with the current files.
            }
        }
    }

    private static void AddWaiting(IStorageDirectory directory, string name, FileState state, CoverageMap to)
    {
        using var file = directory.Open(name);
        if (state != FileState.Chunk)
        {
            to.Add(ObjectHeader.Read(file, name)?.Coverage ?? new CoverageMap());
            return;
        }

        using var reader = ChunkReader.Open(file, name);
        while (reader?.MoveNext() == true)
        {
        }

        to.Add(reader?.Coverage ?? new CoverageMap());
    }
}
