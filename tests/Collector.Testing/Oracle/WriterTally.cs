using System.Text;
using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>What the records of one container must say, and which of them were seen.</summary>
internal sealed class WriterTally
{
    private readonly byte[] space, pod, uid, container;
    private readonly byte[]? logType;
    private readonly HashSet<string> containerIds;
    private readonly StreamTally[] streams;

    public WriterTally(LedgerWriter writer, OracleOptions options)
    {
        ContainerIdentity identity = writer.Identity;
        Name = $"{identity.Namespace}/{identity.Pod}/{identity.Container}";
        Prefix = options.Prefix?.Invoke(identity);
        logType = options.LogType?.Invoke(identity) is { } type ? Encoding.UTF8.GetBytes(type) : null;
        (space, pod) = (Encoding.UTF8.GetBytes(identity.Namespace), Encoding.UTF8.GetBytes(identity.Pod));
        (uid, container) = (Encoding.UTF8.GetBytes(identity.Uid), Encoding.UTF8.GetBytes(identity.Container));
        containerIds = [.. writer.ContainerIds];
        streams = [new StreamTally(writer.Stdout), new StreamTally(writer.Stderr)];
    }

    public string Name { get; }

    /// <summary>The key prefix its objects have; null: any.</summary>
    public string? Prefix { get; }

    public StreamTally this[RuntimeStream stream] => streams[(int)stream];

    /// <summary>The first field that says something else than who wrote the record; null when all is right.</summary>
    public string? Mistake(RecordReader record, TraceMark mark)
    {
        if (!record.Namespace.Value.SequenceEqual(space)) return "namespace_name";
        if (!record.Pod.Value.SequenceEqual(pod)) return "pod_name";
        if (!record.Uid.Value.SequenceEqual(uid)) return "pod_id";
        if (!record.Container.Value.SequenceEqual(container)) return "container_name";
        if (!record.Stream.Value.SequenceEqual(mark.Stream == RuntimeStream.Stdout ? "stdout"u8 : "stderr"u8)) return "stream";
        if (!record.LogSource.Value.SequenceEqual("container"u8)) return "log_source";
        if (logType is not null && !record.LogType.Value.SequenceEqual(logType)) return "log_type";
        if (!mark.MatchesTime(record.Time.Value)) return "time";
        return record.ContainerId.IsSet && !containerIds.Contains(Encoding.UTF8.GetString(record.ContainerId.Value)) ? "docker_id" : null;
    }
}
