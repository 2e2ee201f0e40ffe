using System.Diagnostics.Metrics;

namespace Collector.Pipeline.Diagnostics;

public sealed partial class CollectorMetrics
{
    private void DeclareReading()
    {
        CountSources("collector_records_read_total", "{record}", "Records read, whatever became of them.", source => source.Records);
        CountSources("collector_bytes_read_total", "By", "Bytes read from the files of the source.", source => source.Bytes);
        Count(
            "collector_records_excluded_total", "{record}", "Records left out because somebody asked for it.",
            books => books.Sources.SelectMany(source => ByEnum(source.Figures.Excluded, "source", source.Name, "reason")));
        CountSources("collector_records_unmatched_total", "{record}", "Records that no output wanted.", source => source.Unmatched);
        CountSources("collector_records_truncated_total", "{record}", "Records cut at maxRecordSize.", source => source.Truncated);
        CountSources("collector_records_partial_total", "{record}", "Records closed without their end.", source => source.Partial);
        CountSources("collector_records_unparsed_total", "{record}", "Records whose line was not in the runtime's format.", source => source.Unparsed);
        CountSources("collector_records_invalid_utf8_total", "{record}", "Records with bytes that are not UTF-8.", source => source.InvalidUtf8);
        Gauge("collector_tail_files", "{file}", "Files that are followed, by state.", TailFiles);
        Gauge("collector_tail_lag_bytes", "By", "Bytes in known files that are not read yet.", books => One(books.Tail.LagBytes));
        Count("collector_tail_rotations_total", "{rotation}", "Rotations followed.", books => One(books.Rotations));
        Gauge("collector_files_excluded", "{file}", "Files left out because somebody asked for it.", books => One(books.Tail.Excluded));
        Gauge("collector_files_parked", "{file}", "Files, directories and outputs put aside after an exception, tried again later.", books => One(books.Tail.Parked));
        Count(
            "collector_files_without_metadata_total", "{file}", "Files read with only what their path tells of the pod.",
            books => One(books.FilesWithoutMetadata));
    }

    private void DeclareLoss()
    {
        Count(
            "collector_bytes_lost_total", "By", "Unread bytes that were seen to go.",
            books => ByEnum(books.BytesLost, "reason"));
        Count(
            "collector_files_lost_total", "{file}", "Files that must have been there, inferred from what is missing.",
            books => ByEnum(books.FilesLost, "reason"));
    }

    private void DeclareOutputs()
    {
        CountOutputs("collector_records_recovered_total", "{record}", "Records found in the data dir at start.", output => output.Recovered);
        CountOutputs("collector_records_matched_total", "{record}", "Records routed to the output.", output => output.Matched);
        Count(
            "collector_records_dropped_total", "{record}", "Records that left the buffer without being uploaded; reason reread is no loss.",
            books => books.Outputs.SelectMany(output => ByEnum(output.Figures.Dropped, "output", output.Book.Name, "reason")));
        Gauge(
            "collector_buffer_records", "{record}", "Records on disk.",
            books => books.Outputs.SelectMany(output => ByEnum(output.Figures.BufferRecords, "output", output.Book.Name, "state")));
        Gauge(
            "collector_buffer_bytes", "By", "Bytes on disk.",
            books => books.Outputs.SelectMany(output => ByEnum(output.Figures.BufferBytes, "output", output.Book.Name, "state")));
        Gauge(
            "collector_buffer_full", unit: null, "1 while the output takes nothing more, or drops to take more.",
            books => books.Outputs.SelectMany(output => ByEnum(Flags(output.Figures.Full), "output", output.Book.Name, "reason")));
        GaugeOutputs("collector_buffer_limit_bytes", "By", "Bytes that the buffer may hold (buffer.maxSize).", (_, output) => output.BufferLimit);
        Gauge("collector_disk_free_bytes", "By", "Bytes that are free on the disk of the data dir.", DiskFree);
        GaugeOutputs("collector_buffer_oldest_record_age_seconds", "s", "Age of the oldest record in the buffer; 0 when it is empty.", Age);
        CountOutputs("collector_records_uploaded_total", "{record}", "Records in uploaded objects.", output => output.UploadedRecords);
        CountOutputs("collector_objects_uploaded_total", "{object}", "Objects uploaded.", output => output.UploadedObjects);
        CountOutputs("collector_bytes_uploaded_total", "By", "Bytes of uploaded bodies, as sent.", output => output.UploadedBytes);
        CountOutputs(
            "collector_objects_maybe_twice_total", "{object}", "Objects sent under a second key, because the first was taken; the store may hold both.",
            output => output.MaybeTwice);
        GaugeOutputs("collector_last_upload_timestamp_seconds", "s", "When an object was last uploaded.", (_, output) => UnixSeconds(output.LastUpload));
        Count(
            "collector_upload_attempts_total", "{attempt}", "Upload attempts, by how they ended.",
            books => books.Outputs.SelectMany(output => ByEnum(output.Figures.Attempts, "output", output.Book.Name, "result")));
        GaugeOutputs(
            "collector_credential_expiry_timestamp_seconds", "s", "When the credentials in use expire.",
            (book, _) => UnixSeconds(book.CredentialExpiry));
    }

    private static EnumCounts<FullReason> Flags(Fullness? full)
    {
        var flags = new EnumCounts<FullReason>();
        if (full is not null)
        {
            flags[full.Reason] = 1;
        }

        return flags;
    }

    /// <summary>All outputs are on one disk.</summary>
    private static IEnumerable<Measurement<long>> DiskFree(BooksSnapshot books) =>
        books.Outputs.Select(output => output.Figures.DiskFree).OfType<long>().Take(1).Select(free => new Measurement<long>(free));

    private static IEnumerable<Measurement<long>> TailFiles(BooksSnapshot books) =>
    [
        new(books.Tail.Open, Tag("state", "open")),
        new(books.Tail.Idle, Tag("state", "idle")),
        new(books.Tail.Waiting, Tag("state", "waiting")),
        new(books.Tail.Deleted, Tag("state", "deleted")),
    ];

    private static double? UnixSeconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() / 1000.0;

    // Never negative: the wall clock may step back.
    private double? Age(OutputBook book, OutputFigures output) =>
        output.OldestRecord is { } oldest ? Math.Max(0, (_clock.GetUtcNow() - oldest).TotalSeconds) : 0;

    private static IEnumerable<Measurement<long>> One(long value) => [new(value)];

    private static IEnumerable<Measurement<long>> ByEnum<TKey>(EnumCounts<TKey> counts, string label)
        where TKey : struct, Enum =>
        counts.Labels.Select((value, i) => new Measurement<long>(counts.Values[i], Tag(label, value)));

    private static IEnumerable<Measurement<long>> ByEnum<TKey>(EnumCounts<TKey> counts, string owner, string name, string label)
        where TKey : struct, Enum =>
        counts.Labels.Select((value, i) => new Measurement<long>(counts.Values[i], Tag(owner, name), Tag(label, value)));

    private void Count(string name, string unit, string description, Func<BooksSnapshot, IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableCounter(name, () => values(Now.Books), unit, description);

    private void Gauge(string name, string? unit, string description, Func<BooksSnapshot, IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableGauge(name, () => values(Now.Books), unit, description);

    private void CountSources(string name, string unit, string description, Func<SourceFigures, long> value) =>
        Count(name, unit, description, books => books.Sources.Select(
            source => new Measurement<long>(value(source.Figures), Tag("source", source.Name))));

    private void CountOutputs(string name, string unit, string description, Func<OutputFigures, long> value) =>
        Count(name, unit, description, books => books.Outputs.Select(
            output => new Measurement<long>(value(output.Figures), Tag("output", output.Book.Name))));

    // An output that has no such value yet has no sample: a time of 0 would be 1970 to every alert.
    private void GaugeOutputs(string name, string? unit, string description, Func<OutputBook, OutputFigures, double?> value) =>
        _meter.CreateObservableGauge(
            name,
            () => from output in Now.Books.Outputs
                  let number = value(output.Book, output.Figures)
                  where number is not null
                  select new Measurement<double>(number.Value, Tag("output", output.Book.Name)),
            unit,
            description);
}
