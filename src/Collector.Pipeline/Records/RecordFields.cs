namespace Collector.Pipeline.Records;

/// <summary>The record fields that a key template can use (contract §4). Any other field is legal, and always missing.</summary>
public static class RecordFields
{
    /// <summary>For messages.</summary>
    internal const string Known = "cluster, hostname, log_type, log_source, stream, source, file.name, file.dir or kubernetes.…";

    private static readonly string[] s_plain = ["cluster", "hostname", "log_type", "log_source", "source", KeyTemplate.StreamField];
    private static readonly string[] s_maps = ["labels", "annotations", "namespace_labels", "node_labels"];
    private static readonly string[] s_kubernetes =
        ["namespace_name", "pod_name", "pod_id", "container_name", "docker_id", "container_image", "container_hash", "restart_count", "owner_kind", "owner_name", "host"];

    /// <summary>Why no record has a field, and what to write in its place; null: a record may have it.</summary>
    public static string? Objection(string[] path)
    {
        var name = string.Join('.', path);
        return path switch
        {
            [var plain] when s_plain.Contains(plain) => null,
            ["file", "name" or "dir"] => null,
            ["file"] => ".file has no value of its own; write .file.name or .file.dir",
            ["kubernetes"] => ".kubernetes has no value of its own; write a field below it, like .kubernetes.pod_name",
            ["kubernetes", var map] when s_maps.Contains(map) => $".{name} has no value of its own; write a field below it, like .{name}.app",
            ["kubernetes", var field] => s_kubernetes.Contains(field) ? null : $"no record has .{name}; write .kubernetes.{string.Join(", .", s_kubernetes)}",
            ["kubernetes", var map, _] when s_maps.Contains(map) => null,
            ["kubernetes", var map, .. var rest] when s_maps.Contains(map) => $".{name} goes too deep; quote a name that has dots: .kubernetes.{map}.\"{string.Join('.', rest)}\"",
            ["kubernetes", var field, ..] => $".{name} goes too deep; write .kubernetes.{field}",
            _ => $"no record has .{name}; write {Known}",
        };
    }
}
