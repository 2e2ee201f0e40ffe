using System.Text;
using Collector.Testing.Mix;
using Collector.Testing.Node;
using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>
/// What the stores hold of some writers by now, read while the collector runs: what is stored was read, whatever happens next.
/// Used by one thread.
/// </summary>
internal sealed class StoredProof(Workspace workspace, IReadOnlyList<string> outputs, IReadOnlyList<LedgerWriter> writers)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Output, uint Writer, RuntimeStream Stream), Dictionary<uint, string>> _stored = [];
    private readonly RecordReader _record = new();

    /// <summary>Reads the objects that have come since.</summary>
    public void Look()
    {
        foreach (string output in outputs)
        {
            foreach (string directory in writers.Select(w => Outputs.DirectoryOf(output, w)).Distinct(StringComparer.Ordinal))
                Look(output, Path.Combine(Outputs.StoreOf(output, workspace), directory));
        }
    }

    /// <summary>Whether the output has a record.</summary>
    public bool Has(string output, LedgerWriter writer, RuntimeStream stream, uint record) =>
        _stored.TryGetValue((output, writer.Number, stream), out Dictionary<uint, string>? stored) && stored.ContainsKey(record);

    /// <summary>Whether the output has all records from one on, up to another.</summary>
    public bool HasAll(string output, LedgerWriter writer, RuntimeStream stream, uint from, uint to)
    {
        while (from < to && Has(output, writer, stream, from)) from++;
        return from >= to;
    }

    /// <summary>Whether the default output has a record from this one on that says this color; null: any.</summary>
    public bool HasAny(LedgerWriter writer, RuntimeStream stream, uint from, string? color) =>
        _stored.TryGetValue((Outputs.Default, writer.Number, stream), out Dictionary<uint, string>? stored)
        && stored.Any(s => s.Key >= from && (color is null || s.Value == color));

    private void Look(string output, string directory)
    {
        string suffix = Outputs.Checks(output).Suffix;
        try
        {
            foreach (string path in Directory.EnumerateFiles(directory, "*" + suffix, SearchOption.AllDirectories))
            {
                string name = Path.GetFileName(path);
                if (name[0] != '.' && !_read.Contains(output + name) && TryRead(output, path, name[..^suffix.Length])) _read.Add(output + name);
            }
        }
        catch (IOException)
        {
            // The store is away, or an object was made while the directory was read: at the next look.
        }
    }

    private bool TryRead(string output, string path, string name)
    {
        try
        {
            using Stream body = ObjectBody.Open(path, name.EndsWith(".gz", StringComparison.Ordinal) ? "gz" : name.EndsWith(".zst", StringComparison.Ordinal) ? "zst" : "");
            var lines = new LineReader(body);
            while (lines.TryRead(out ReadOnlySpan<byte> line, out _)) Note(output, line);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false; // a server is still writing it
        }
    }

    private void Note(string output, ReadOnlySpan<byte> line)
    {
        if (!_record.TryRead(line, out _) || !TraceMark.TryRead(_record.Log.IsSet ? _record.Log.Value : _record.Trace.Value, out TraceMark mark)) return;
        var stream = (output, mark.Writer, mark.Stream);
        if (!_stored.TryGetValue(stream, out Dictionary<uint, string>? stored)) _stored[stream] = stored = [];
        stored[mark.Sequence] = string.Intern(Encoding.UTF8.GetString(_record.Color.Value));
    }
}
