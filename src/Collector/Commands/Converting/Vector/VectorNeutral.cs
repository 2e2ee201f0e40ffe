namespace Collector.Commands.Converting.Vector;

/// <summary>Vector's keys that have no counterpart and leave the stored data as they are, by the kind of component.</summary>
internal static class VectorNeutral
{
    public static readonly NeutralKeys Root = new(
        "data_dir", "api*", "schema*", "acknowledgements*", "healthchecks*", "expire_metrics*", "log_schema*", "telemetry*", "tests*", "enrichment_tables*",
        "wildcard_matching", "graph*", "buffer_utilization*", "timezone");

    public static readonly NeutralKeys Containers = new(
        "data_dir", "glob_minimum_cooldown_ms", "delay_deletion_ms", "max_read_bytes", "fingerprint_lines", "oldest_first", "self_node_name", "kube_config_file", "use_apiserver_cache",
        "ingestion_timestamp_field", "pod_annotation_fields*", "namespace_annotation_fields*", "node_annotation_fields*", "insert_namespace_fields", "rotate_wait_secs", "internal_metrics*",
        "timezone", "acknowledgements*", "log_namespace", "graph*");

    public static readonly NeutralKeys Files = new(
        "data_dir", "glob_minimum_cooldown_ms", "fingerprint*", "max_read_bytes", "oldest_first", "ignore_checkpoints", "ignore_not_found", "host_key", "file_key", "message_key",
        "rotate_wait_secs", "internal_metrics*", "acknowledgements*", "log_namespace", "graph*");

    public static readonly NeutralKeys Transform = new("graph*", "runtime", "metric_tag_values", "reroute_unmatched", "condition.type");

    public static readonly NeutralKeys Sink = new(
        "request.*", "batch.max_events", "healthcheck*", "acknowledgements*", "buffer.type", "buffer.max_events", "buffer.when_full", "buffer.max_size", "filename_*", "blob_append_uuid",
        "blob_time_format", "content_type", "compression.level", "encoding.timestamp_format", "encoding.metric_tag_values", "encoding.json.pretty", "tls.alpn_protocols", "tls.enabled",
        "proxy.enabled", "proxy.http", "proxy.no_proxy", "auth.region", "auth.imds*", "auth.load_timeout_secs", "retry_strategy*", "graph*", "timezone", "metadata*");
}
