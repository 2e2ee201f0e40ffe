namespace Collector.Commands.Converting.Fluentd;

/// <summary>Fluentd's parameters that have no counterpart and leave the stored data as they are, by the kind of element.</summary>
internal static class FluentdNeutral
{
    public static readonly NeutralKeys System = new(
        "log_level", "@log_level", "log", "workers", "root_dir", "suppress_*", "ignore_repeated_log_interval", "ignore_same_log_interval", "without_source", "process_name", "rpc_endpoint",
        "enable_*", "emit_error_*", "file_permission", "dir_permission", "umask", "strict_config_value", "disable_shared_socket", "metrics", "counter_*", "source_only_buffer", "config_include_dir");

    public static readonly NeutralKeys Tail = new(
        "@log_level", "log_level", "refresh_interval", "rotate_wait", "enable_watch_timer", "enable_stat_watcher", "read_lines_limit", "read_bytes_limit_per_second", "multiline_flush_interval",
        "pos_file_compaction_interval", "follow_inodes", "open_on_every_update", "skip_refresh_on_startup", "ignore_repeated_permission_error", "emit_unmatched_lines", "path_timezone",
        "keep_time_key", "parse.keep_time_key", "parse.json_parser", "parse.stream_buffer_size", "parse.message_key", "message_key", "parse.estimate_current_event");

    public static readonly NeutralKeys Metadata = new(
        "@id", "@log_level", "kubernetes_url", "apiVersion", "verify_ssl", "ca_file", "client_cert", "client_key", "bearer_token_file", "secret_dir", "cache_*", "watch*", "de_dot*", "de_slash*",
        "ssl_partial_chain", "skip_container_metadata", "skip_master_url", "skip_namespace_metadata", "stats_interval", "open_timeout", "read_timeout", "use_journal", "allow_orphans", "orphaned_*");

    /// <summary>Of the other filters that have a counterpart.</summary>
    public static readonly NeutralKeys Filter = new(
        "@id", "@log_level", "enable_ruby", "auto_typecast", "reserve_data", "reserve_time", "remove_key_name_field", "emit_invalid_record_to_error", "replace_invalid_sequence", "parse.json_parser",
        "parse.keep_time_key", "parse.time_*");

    /// <summary>Of <c>copy</c>, <c>relabel</c> and <c>null</c>.</summary>
    public static readonly NeutralKeys Passing = new("@id", "@log_level", "copy_mode", "deep_copy", "never_flush", "buffer");

    /// <summary>Of outputs that give events a new tag; what they do to records is told.</summary>
    public static readonly NeutralKeys Retag = new(
        "@id", "@log_level", "log_level", "buffer", "languages", "message", "stream", "multiline_flush_interval", "max_lines", "max_bytes", "force_line_breaks", "capitalize_regex_backreference",
        "hostname_command", "enable_ruby", "auto_typecast", "emit_mode", "rule.label");

    public static readonly NeutralKeys Store = new(
        "@log_level", "log_level", "slow_flush_log_threshold", "num_threads", "flush_interval", "flush_at_shutdown", "try_flush_interval", "queued_chunk_flush_interval", "time_slice_wait",
        "retry_*", "max_retry_wait", "disable_retry_limit", "buffer_*", "overwrite", "hex_random_length", "index_format", "check_*", "warn_for_delay", "request_timeout", "command_parameter",
        "time_slice_format", "secondary",
        "aws_iam_retries", "enable_dual_stack", "compute_checksums", "signature_version", "s3_metadata", "use_bundled_cert", "sts_region", "ssl_verify_peer", "shared_credentials*",
        "instance_profile_credentials.*", "assume_role_credentials.duration_seconds", "assume_role_credentials.sts_*", "web_identity_credentials.duration_seconds", "web_identity_credentials.sts_*",
        "project", "client_retries", "client_timeout", "object_metadata", "transcoding", "blind_write", "compressor", "azure_storage_api_version",
        "buffer.@log_level", "buffer.path_suffix", "buffer.timekey_wait", "buffer.flush_*", "buffer.chunk_limit_records", "buffer.chunk_full_threshold",
        "buffer.queue_limit_length", "buffer.queued_chunks_limit_size", "buffer.retry_*", "buffer.compress", "buffer.delayed_commit_timeout", "buffer.disable_chunk_backup",
        "buffer.timekey", "buffer.file_permission", "buffer.dir_permission", "buffer.overflow_action", "buffer.symlink_path", "format.json_parser");
}
