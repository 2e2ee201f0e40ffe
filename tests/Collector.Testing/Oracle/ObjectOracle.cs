using System.Text;
using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>
/// Reads every object of a filesystem store in key order and says what is lost, duplicated, damaged or out of order,
/// judged by contract.md and the ledger alone. Memory: four bytes a record.
/// </summary>
public sealed class ObjectOracle
{
    private const int SampleKeys = 40;

    private readonly OracleOptions options;
    private readonly WriterTally[] writers;
    private readonly RecordReader record = new();
    private readonly OracleReport report = new();
    private string key = "";
    private int prefixNumber;

    private ObjectOracle(Ledger ledger, OracleOptions options)
    {
        this.options = options;
        writers = [.. ledger.Writers.Select(w => new WriterTally(w, options))];
        report.RecordsWritten = ledger.Records;
    }

    /// <summary>Checks all objects under <paramref name="directory"/>.</summary>
    public static OracleReport Check(string directory, Ledger ledger, OracleOptions? options = null)
    {
        var oracle = new ObjectOracle(ledger, options ?? new OracleOptions());
        foreach (IGrouping<string, StoredObject> prefix in oracle.List(directory)) oracle.CheckPrefix(prefix);
        oracle.CountMissing();
        return oracle.report;
    }

    private IEnumerable<IGrouping<string, StoredObject>> List(string directory)
    {
        var objects = new List<StoredObject>();
        IEnumerable<FileInfo> files = Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories) : [];
        foreach (FileInfo file in files.OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            if (!file.Name.EndsWith(options.Suffix, StringComparison.Ordinal)) continue;
            string name = Path.GetRelativePath(directory, file.FullName)[..^options.Suffix.Length];
            if (name.Contains("_catalog/", StringComparison.Ordinal)) continue; // says what was delivered, and is no record of anybody's
            if (file.Name[0] == '.') report.TemporaryFiles++;
            else if (!ObjectKey.TryParse(name, out ObjectKey? parsed) || !IsOfNode(parsed!)) report.Add(Defect.BadKey, () => name);
            else objects.Add(new StoredObject(parsed!, file));
        }

        report.Keys = [.. objects.Take(SampleKeys).Select(o => o.Key.Prefix + o.Key.Name)];
        return objects.GroupBy(o => o.Key.Prefix, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
    }

    private bool IsOfNode(ObjectKey parsed) => options.Node is not { } node || parsed.Node == node;

    private void CheckPrefix(IEnumerable<StoredObject> objects)
    {
        prefixNumber++;
        StoredObject? last = null;
        foreach (StoredObject stored in objects.OrderBy(o => o.Key.Name, StringComparer.Ordinal))
        {
            key = stored.Key.Prefix + stored.Key.Name;
            if (last is not null) CheckOrder(last, stored);
            CheckObject(stored);
            last = stored;
        }
    }

    private void CheckOrder(StoredObject last, StoredObject stored)
    {
        if (options.CheckAppearance && stored.File.LastWriteTimeUtc < last.File.LastWriteTimeUtc)
            report.Add(Defect.KeyOrder, () => $"{key}: appeared before {last.Key.Name}");
        if (stored.Key.Node != last.Key.Node) return;
        if (stored.Key.ChunkId.Length != last.Key.ChunkId.Length || string.CompareOrdinal(stored.Key.ChunkId, last.Key.ChunkId) <= 0)
            report.Add(Defect.KeyOrder, () => $"{key}: its chunk id does not follow that of {last.Key.Name}");
    }

    private void CheckObject(StoredObject stored)
    {
        report.Objects++;
        report.StoredBytes += stored.File.Length;
        try
        {
            using Stream body = ObjectBody.Open(stored.File.FullName, stored.Key.Compression);
            CheckBody(new LineReader(body), stored.Key);
        }
        catch (Exception e) // whatever a decoder makes of bytes that are not its own
        {
            report.Add(Defect.Damaged, () => $"{key}: cannot be decoded: {e.Message}");
        }
    }

    private void CheckBody(LineReader lines, ObjectKey parsed)
    {
        for (int number = 1; lines.TryRead(out ReadOnlySpan<byte> line, out bool terminated); number++)
        {
            report.RecordsStored++;
            string? mistake = parsed.Format == "log" ? CheckText(line) : CheckRecord(line, parsed.Prefix);
            if (!terminated) mistake ??= "no newline at its end";
            if (mistake is not null) Damage(mistake, number, line);
        }

        report.BodyBytes += lines.TotalBytes;
        if (lines.TotalBytes == 0) report.Add(Defect.EmptyObject, () => key);
        if (lines.TotalBytes > options.MaxBody) report.Add(Defect.OversizedObject, () => $"{key}: {lines.TotalBytes} bytes");
    }

    private void Damage(string mistake, int number, ReadOnlySpan<byte> line)
    {
        const int Shown = 160;
        string text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, Shown)]);
        report.Add(Defect.Damaged, () => $"{key} line {number}: {mistake}: {text}");
    }

    // A line of format `text` carries no identity but its mark.
    private string? CheckText(ReadOnlySpan<byte> line)
    {
        if (!TraceMark.TryRead(line, out TraceMark mark) || !IsKnown(mark)) return "no mark";
        bool partial = writers[mark.Writer][mark.Stream].TryGetCut(mark.Sequence, out _);
        if (!IsIntact(mark, line, partial)) return "its text is not what was written";
        Take(mark);
        return null;
    }

    private string? CheckRecord(ReadOnlySpan<byte> line, string prefix)
    {
        if (!record.TryRead(line, out string error)) return error;
        ReadOnlySpan<byte> text = record.Log.IsSet ? record.Log.Value : record.Trace.Value;
        if (!TraceMark.TryRead(text, out TraceMark mark) || !IsKnown(mark)) return "no mark in its log";
        if (record.IsTruncatedOrUnparsed || !IsIntact(mark, text, record.IsPartial)) return "its log is not what was written";
        WriterTally writer = writers[mark.Writer];
        if (writer.Mistake(record, mark) is { } field) return $"wrong {field}";
        if (options.Tier is { } tier && Encoding.UTF8.GetString(record.Tier.Value) != tier)
        {
            report.Add(Defect.Unmatched, () => $"{key}: {writer.Name} {mark.Stream} {mark.Sequence}: its own label does not match");
        }

        if (options.Node is { } node && Encoding.UTF8.GetString(record.Hostname.Value) != node) return "wrong hostname";
        Take(mark);
        return writer.PrefixOf(record) is { } expected && expected != prefix ? $"belongs under {expected}" : null;
    }

    private bool IsKnown(TraceMark mark) => mark.Writer < writers.Length && writers[mark.Writer][mark.Stream].IsExpected(mark.Sequence);

    // A record that its container never ended is whole as far as it goes, and says so; so is one whose rest was deleted with leave.
    private bool IsIntact(TraceMark mark, ReadOnlySpan<byte> text, bool partial)
    {
        StreamTally stream = writers[mark.Writer][mark.Stream];
        if (partial && stream.IsExcused(mark.Sequence)) return true;
        return stream.TryGetCut(mark.Sequence, out CutRecord cut) ? partial && TraceMark.Crc(text) == cut.Crc : !partial && mark.IsIntact;
    }

    private void Take(TraceMark mark)
    {
        WriterTally writer = writers[mark.Writer];
        if (writer[mark.Stream].Take(mark.Sequence, prefixNumber) is { } defect)
            report.Add(defect, () => $"{key}: {writer.Name} {mark.Stream} {mark.Sequence}");
    }

    private void CountMissing()
    {
        foreach (WriterTally writer in writers)
        {
            foreach (RuntimeStream stream in Enum.GetValues<RuntimeStream>())
            {
                foreach (uint sequence in writer[stream].Missing()) CountMissing(writer, stream, sequence);
            }
        }
    }

    private void CountMissing(WriterTally writer, RuntimeStream stream, uint sequence)
    {
        Claim claim = writer[stream].ClaimOf(sequence);
        if (claim is Claim.Excluded or Claim.Unmatched) report.LeftOut++;
        else if (claim == Claim.Undecided) report.Undecided++;
        else if (writer[stream].IsExcused(sequence)) report.Excused++;
        else report.Add(Defect.Lost, () => $"{writer.Name} {stream} {sequence}");
    }

    private sealed record StoredObject(ObjectKey Key, FileInfo File);
}
