using System.Text;

namespace Collector.Pipeline.Records;

/// <summary>
/// The end of every record of a file: its identity's fields in the contract's order, the closing brace and the newline, in UTF-8.
/// Rendered once per identity, copied per record. Immutable, safe to share.
/// </summary>
public sealed class RecordTail
{
    private readonly byte[] _bytes;

    private RecordTail(byte[] bytes, ReadOnlyMemory<byte> kubernetes) => (_bytes, Kubernetes) = (bytes, kubernetes);

    /// <summary><c>,"log_type":"…",…,"kubernetes":{…}}</c> and <c>\n</c>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The value of <c>kubernetes</c> in it; empty: there is none.</summary>
    public ReadOnlyMemory<byte> Kubernetes { get; }

    public static RecordTail Render(RecordIdentity identity)
    {
        using var to = new ByteBuffer();
        if (identity.IsMetadataMissing)
            to.Append(",\"metadata_missing\":true"u8);
        AppendText(to, "log_type", identity.LogType);
        AppendText(to, "log_source", identity.LogSource);
        AppendText(to, "cluster", identity.Cluster);
        AppendText(to, "hostname", identity.Hostname);
        AppendText(to, "file", identity.FilePath);
        AppendText(to, "source", identity.NamesSource ? identity.Source : null);
        var kubernetes = to.Length + ",\"kubernetes\":"u8.Length;
        AppendObject(to, "kubernetes", identity, AppendKubernetes);
        var end = to.Length;
        to.Append("}\n"u8);
        var bytes = to.Written.ToArray();
        return new RecordTail(bytes, kubernetes < end ? bytes.AsMemory(kubernetes..end) : default);
    }

    private static void AppendKubernetes(ByteBuffer to, RecordIdentity identity)
    {
        AppendText(to, "namespace_name", identity.Namespace);
        AppendText(to, "pod_name", identity.PodName);
        AppendText(to, "pod_id", identity.PodId);
        AppendText(to, "container_name", identity.ContainerName);
        AppendText(to, "docker_id", identity.DockerId);
        AppendText(to, "container_image", identity.ContainerImage);
        AppendText(to, "container_hash", identity.ContainerHash);
        if (identity.RestartCount is { } count)
        {
            AppendName(to, "restart_count");
            to.Append(Encoding.ASCII.GetBytes(count.ToString()));
        }

        AppendText(to, "owner_kind", identity.OwnerKind);
        AppendText(to, "owner_name", identity.OwnerName);
        AppendText(to, "host", identity.Host);
        if (!identity.HidesLabels)
            AppendObject(to, "labels", identity.Labels, AppendMap);
        AppendObject(to, "annotations", identity.Annotations, AppendMap);
        AppendObject(to, "namespace_labels", identity.NamespaceLabels, AppendMap);
        AppendObject(to, "node_labels", identity.NodeLabels, AppendMap);
    }

    private static void AppendMap(ByteBuffer to, IReadOnlyDictionary<string, string> map)
    {
        // A label with an empty value is a label: only unknown values are left out.
        foreach (var (key, value) in map)
        {
            AppendName(to, key);
            AppendQuoted(to, value);
        }
    }

    private static void AppendText(ByteBuffer to, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        AppendName(to, name);
        AppendQuoted(to, value);
    }

    /// <summary>Appends an object, or nothing at all when it has no members.</summary>
    private static void AppendObject<T>(ByteBuffer to, string name, T value, Action<ByteBuffer, T> appendMembers)
    {
        using var members = new ByteBuffer();
        appendMembers(members, value);
        if (members.Length == 0)
            return;
        AppendName(to, name);
        to.Append((byte)'{');
        to.Append(members.Written[1..]);
        to.Append((byte)'}');
    }

    private static void AppendName(ByteBuffer to, string name)
    {
        to.Append((byte)',');
        AppendQuoted(to, name);
        to.Append((byte)':');
    }

    private static void AppendQuoted(ByteBuffer to, string text)
    {
        to.Append((byte)'"');
        JsonText.Append(to, Encoding.UTF8.GetBytes(text));
        to.Append((byte)'"');
    }
}
