using Collector.Pipeline.Buffer;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Running;

/// <summary>The records that wait for one output on disk. Bytes are bytes on disk.</summary>
public sealed record OutputReport(string Output, IReadOnlyList<WaitingFile> Files)
{
    public long Records => Files.Sum(f => f.Records);

    public long Bytes => Files.Sum(f => f.Bytes);
}

/// <summary>One chunk or object that waits; <see cref="Key"/> is where it will be stored.</summary>
public sealed record WaitingFile(string Name, string State, string Key, long Records, long Bytes, DateTimeOffset OpenedAt);

/// <summary>
/// Shows a data dir, and drops the records of an output (<c>collector buffer</c>). Showing changes nothing, and is safe while a
/// collector is running.
/// </summary>
public static class BufferReport
{
    /// <summary>Whether a collector has ever run on it.</summary>
    public static bool IsUsed(string dataDir) => Directory.Exists(OutputsOf(dataDir));

    /// <summary>The waiting records, by output. Throws <see cref="DataDirException"/> when there is no data dir.</summary>
    public static IReadOnlyList<OutputReport> Read(string dataDir) =>
        [.. Directory.GetDirectories(RequireOutputs(dataDir)).Order(StringComparer.Ordinal).Select(path => ReadOutput(FileSystemDirectory.Open(path), Path.GetFileName(path)))];

    /// <summary>
    /// Drops the records that wait for an output, and returns what they were; null when there are none. Its positions
    /// stay, so that nothing is read and stored again when it is configured again. Takes the data dir's lock: throws
    /// <see cref="DataDirException"/> while a collector runs on it, and <see cref="StorageException"/> when the disk refuses.
    /// </summary>
    public static OutputReport? Drop(string dataDir, string output)
    {
        RequireOutputs(dataDir);
        using var held = DataDir.Open(dataDir);
        if (!held.Outputs.Contains(output))
        {
            return null;
        }

        var report = ReadOutput(held.Output(output), output);
        var dropped = new BufferDrop(held, dataDir, output).Run();
        return dropped.Count == 0 ? null : report with { Files = [.. report.Files.Where(file => dropped.Contains(file.Name))] };
    }

    private static string OutputsOf(string dataDir) => Path.Join(dataDir, "outputs");

    private static string RequireOutputs(string dataDir) => IsUsed(dataDir)
        ? OutputsOf(dataDir)
        : throw new DataDirException($"{dataDir} is not the data dir of a collector: it has no directory 'outputs'; give the configuration's dataDir");

    private static OutputReport ReadOutput(IStorageDirectory directory, string output)
    {
        var files = new List<WaitingFile>();
        foreach (var name in directory.ListFiles().Order(StringComparer.Ordinal))
        {
            if (FileNames.TryParse(name, out _, out var state) && state != FileState.Sealing && TryRead(directory, name, state) is { } file)
            {
                files.Add(file);
            }
        }

        return new OutputReport(output, files);
    }

    /// <summary>Null if the file was deleted meanwhile, or is not a regular file.</summary>
    private static WaitingFile? TryRead(IStorageDirectory directory, string name, FileState state)
    {
        try
        {
            using var file = directory.Open(name);
            return state == FileState.Chunk ? ReadChunk(file, name, directory.Location) : ReadObject(file, name, state, directory.Location);
        }
        catch (StorageException e) when (e.Error is StorageError.NotFound or StorageError.NotAFile)
        {
            return null;
        }
    }

    private static WaitingFile ReadChunk(IStorageFile file, string name, string location)
    {
        using var reader = ChunkReader.Open(file, $"{location}/{name}");
        while (reader?.MoveNext() == true)
        {
        }

        return new WaitingFile(name, "open", reader?.Header.Key ?? "(damaged)", reader?.Records ?? 0, file.Length, DateTimeOffset.FromUnixTimeMilliseconds(reader?.Header.OpenedAt ?? 0));
    }

    private static WaitingFile ReadObject(IStorageFile file, string name, FileState state, string location)
    {
        var header = ObjectHeader.Read(file, $"{location}/{name}");
        var shown = state switch
        {
            FileState.Attempted => "attempted",
            FileState.Quarantined => "quarantined",
            _ => "sealed",
        };
        return new WaitingFile(name, shown, header?.Key ?? "(damaged)", header?.Records ?? 0, file.Length, DateTimeOffset.FromUnixTimeMilliseconds(header?.OpenedAt ?? 0));
    }
}
