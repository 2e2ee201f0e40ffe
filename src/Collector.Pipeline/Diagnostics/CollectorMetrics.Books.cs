namespace Collector.Pipeline.Diagnostics;

public sealed partial class CollectorMetrics
{
    private void DeclareReading()
    {
        CountSources("collector_records_read_total", "Records read, including those that were excluded or matched no output.", source => source.Records);
        CountSources("collector_bytes_read_total", "Bytes read from the files of the source.", source => source.Bytes);
        Count("collector_records_excluded_total", "Records excluded by an annotation or by the configuration.", ["source", "reason"], (now, show) =>
        {
            foreach (var (name, source) in now.Books.Sources)
            {
                ByEnum(show, source.Excluded, name);
            }
        });
        CountSources("collector_records_unmatched_total", "Records that matched no output.", source => source.Unmatched);
        CountSources("collector_records_truncated_total", "Records cut at maxRecordSize.", source => source.Truncated);
        CountSources("collector_records_partial_total", "Records stored without their last part.", source => source.Partial);
        CountSources("collector_records_unparsed_total", "Records whose line was not in the runtime's format.", source => source.Unparsed);
        CountSources("collector_records_time_unparsed_total", "Records with a time that could not be parsed; they have the time of reading.", source => source.TimeUnparsed);
        CountSources("collector_records_invalid_utf8_total", "Records with bytes that are not UTF-8.", source => source.InvalidUtf8);
        Gauge("collector_tail_files", "Followed files, by state.", ["state"], (now, show) =>
        {
            show(now.Books.Tail.Open, "open");
            show(now.Books.Tail.Idle, "idle");
            show(now.Books.Tail.Waiting, "waiting");
            show(now.Books.Tail.Deleted, "deleted");
        });
        Gauge("collector_tail_lag_bytes", "Unread bytes in known files.", [], (now, show) => show(now.Books.Tail.LagBytes));
        Count("collector_tail_rotations_total", "Rotations followed.", [], (now, show) => show(now.Books.Rotations));
        Gauge("collector_files_excluded", "Files excluded by an annotation or by the configuration.", [], (now, show) => show(now.Books.Tail.Excluded));
        Gauge("collector_files_parked", "Files, directories and outputs that are skipped after an error until a retry succeeds.", [], (now, show) => show(now.Books.Tail.Parked));
        Count(
            "collector_files_without_metadata_total", "Files read without pod metadata; their records have only what the path says.", [],
            (now, show) => show(now.Books.FilesWithoutMetadata));
    }

    private void DeclareLoss()
    {
        Count("collector_bytes_lost_total", "Bytes that were seen in files and lost before they were read.", ["reason"], (now, show) => ByEnum(show, now.Books.BytesLost));
        Count(
            "collector_files_lost_total", "Files that were deleted before the collector saw them, inferred from gaps in the rotation.", ["reason"],
            (now, show) => ByEnum(show, now.Books.FilesLost));
    }

    private void DeclareOutputs()
    {
        CountOutputs("collector_records_recovered_total", "Records found in the data dir at start.", output => output.Recovered);
        CountOutputs("collector_records_matched_total", "Records routed to the output.", output => output.Matched);
        Count(
            "collector_records_dropped_total", "Records that left the buffer without an upload; reason reread is not a loss.", ["output", "reason"],
            OfOutputs((output, show, name) => ByEnum(show, output.Dropped, name)));
        Gauge(
            "collector_buffer_records", "Records on disk.", ["output", "state"],
            OfOutputs((output, show, name) => ByEnum(show, output.BufferRecords, name)));
        Gauge(
            "collector_buffer_bytes", "Bytes on disk.", ["output", "state"],
            OfOutputs((output, show, name) => ByEnum(show, output.BufferBytes, name)));
        Gauge(
            "collector_buffer_full", "1 while the buffer is full: the output takes no records, or drops old ones to take new ones.", ["output", "reason"],
            OfOutputs((output, show, name) => ByEnum(show, Flags(output.Full), name)));
        GaugeOutputs("collector_buffer_limit_bytes", "Bytes that the buffer may hold (buffer.maxSize).", (_, output) => output.BufferLimit);

        // All outputs are on one disk.
        Gauge(
            "collector_disk_free_bytes", "Bytes that are free on the disk of the data dir.", [],
            (now, show) => show(now.Books.Outputs.Select(output => output.Figures.DiskFree).FirstOrDefault(free => free is not null)));
        GaugeOutputs("collector_buffer_oldest_record_age_seconds", "Age of the oldest record in the buffer; 0 when it is empty.", Age);
        CountOutputs("collector_records_uploaded_total", "Records in uploaded objects.", output => output.UploadedRecords);
        CountOutputs("collector_objects_uploaded_total", "Objects uploaded.", output => output.UploadedObjects);
        CountOutputs("collector_bytes_uploaded_total", "Bytes of uploaded bodies, as sent.", output => output.UploadedBytes);
        CountOutputs(
            "collector_objects_maybe_twice_total", "Objects sent under a second key, because the first key existed; the store may hold both.",
            output => output.MaybeTwice);
        GaugeOutputs("collector_last_upload_timestamp_seconds", "When an object was last uploaded.", (_, output) => UnixSeconds(output.LastUpload));
        Count(
            "collector_upload_attempts_total", "Upload attempts, by how they ended.", ["output", "result"],
            OfOutputs((output, show, name) => ByEnum(show, output.Attempts, name)));
        GaugeOutputs(
            "collector_credential_expiry_timestamp_seconds", "When the credentials in use expire.",
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

    // A time of 0 would mean 1970 to every alert, so an unknown time is not shown.
    private static double? UnixSeconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() / 1000.0;

    // Never negative: the wall clock may step back.
    private double? Age(OutputBook book, OutputFigures output) =>
        output.OldestRecord is { } oldest ? Math.Max(0, (_clock.GetUtcNow() - oldest).TotalSeconds) : 0;

    private static void ByEnum<TKey>(Show show, EnumCounts<TKey> counts)
        where TKey : struct, Enum
    {
        for (var i = 0; i < counts.Labels.Count; i++)
        {
            show(counts.Values[i], counts.Labels[i]);
        }
    }

    private static void ByEnum<TKey>(Show show, EnumCounts<TKey> counts, string owner)
        where TKey : struct, Enum
    {
        for (var i = 0; i < counts.Labels.Count; i++)
        {
            show(counts.Values[i], owner, counts.Labels[i]);
        }
    }

    private static Action<Observation, Show> OfOutputs(Action<OutputFigures, Show, string> samples) => (now, show) =>
    {
        foreach (var (book, output) in now.Books.Outputs)
        {
            samples(output, show, book.Name);
        }
    };

    private void CountSources(string name, string help, Func<SourceFigures, long> value) => Count(name, help, ["source"], (now, show) =>
    {
        foreach (var (source, figures) in now.Books.Sources)
        {
            show(value(figures), source);
        }
    });

    private void CountOutputs(string name, string help, Func<OutputFigures, long> value) =>
        Count(name, help, ["output"], OfOutputs((output, show, of) => show(value(output), of)));

    private void GaugeOutputs(string name, string help, Func<OutputBook, OutputFigures, double?> value) => Gauge(name, help, ["output"], (now, show) =>
    {
        foreach (var (book, figures) in now.Books.Outputs)
        {
            show(value(book, figures), book.Name);
        }
    });
}
