using System.Text;
using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>What the records of one container must say, and which of them were seen.</summary>
internal sealed class WriterTally
{
    private readonly LedgerWriter writer;
    private readonly Func<LedgerWriter, string, string, string>? prefixOfRecord;
    private readonly string? prefix;
    private readonly byte[] space, pod, uid, apiUid, container, logSource;
    private readonly byte[]? logType;
    private readonly HashSet<string> containerIds;
    private readonly StreamTally[] streams;

    public WriterTally(LedgerWriter writer, OracleOptions options)
    {
        ContainerIdentity identity = writer.Identity;
        this.writer = writer;
        Name = writer.LogSource is { } source ? $"{source}/{identity.Container}" : $"{identity.Namespace}/{identity.Pod}/{identity.Container}";
        prefixOfRecord = options.PrefixOfRecord;
        prefix = options.Prefix?.Invoke(identity);
        logType = options.LogType?.Invoke(identity) is { } type ? Encoding.UTF8.GetBytes(type) : null;
        (space, pod) = (Encoding.UTF8.GetBytes(identity.Namespace), Encoding.UTF8.GetBytes(identity.Pod));
        (uid, container) = (Encoding.UTF8.GetBytes(identity.Uid), Encoding.UTF8.GetBytes(identity.Container));
        apiUid = Encoding.UTF8.GetBytes(writer.ApiUid ?? identity.Uid);
        logSource = Encoding.UTF8.GetBytes(writer.LogSource ?? "container");
        containerIds = [.. writer.ContainerIds];
        bool taken = options.Takes(writer);
        streams = [new StreamTally(writer.Stdout, options.Output, taken), new StreamTally(writer.Stderr, options.Output, taken)];
    }

    public string Name { get; }

    /// <summary>The key prefix that its record belongs under; null: any.</summary>
    public string? PrefixOf(RecordReader record) => prefixOfRecord is null
        ? prefix
        : prefixOfRecord(writer, Encoding.UTF8.GetString(record.Color.Value), Encoding.UTF8.GetString(record.Time.Value));

    public StreamTally this[RuntimeStream stream] => streams[(int)stream];

    /// <summary>The first field that says something else than who wrote the record; null when all is right.</summary>
    public string? Mistake(RecordReader record, TraceMark mark)
    {
        if (!record.LogSource.Value.SequenceEqual(logSource)) return "log_source";
        if (logType is not null && !record.LogType.Value.SequenceEqual(logType)) return "log_type";
        if (writer.LogSource is not null) return MistakeOfFile(record, mark);
        if (!record.Namespace.Value.SequenceEqual(space)) return "namespace_name";
        if (!record.Pod.Value.SequenceEqual(pod)) return "pod_name";
        if (!record.Uid.Value.SequenceEqual(apiUid) && !record.Uid.Value.SequenceEqual(uid)) return "pod_id";
        if (!record.Container.Value.SequenceEqual(container)) return "container_name";
        if (!record.Stream.Value.SequenceEqual(mark.Stream == RuntimeStream.Stdout ? "stdout"u8 : "stderr"u8)) return "stream";
        if (!mark.MatchesTime(record.Time.Value)) return "time";
        if (this[mark.Stream] is var stream && stream.ClaimOf(mark.Sequence) == Claim.Wanted && stream.LabelOf(mark.Sequence) is { } label && label != Encoding.UTF8.GetString(record.Color.Value)) return "label, for " + label;
        return record.ContainerId.IsSet && !containerIds.Contains(Encoding.UTF8.GetString(record.ContainerId.Value)) ? "docker_id" : null;
    }

    // Of plain text the time is that of reading.
    private static string? MistakeOfFile(RecordReader record, TraceMark mark) =>
        record.Pod.IsSet || record.Namespace.IsSet ? "pod" : record.Trace.IsSet && !mark.MatchesTime(record.Time.Value) ? "time" : null;
}
