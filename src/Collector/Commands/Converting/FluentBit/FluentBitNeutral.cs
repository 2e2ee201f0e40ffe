namespace Collector.Commands.Converting.FluentBit;

/// <summary>fluent-bit's keys that have no counterpart and leave the stored data as they are, by the kind of component.</summary>
internal static class FluentBitNeutral
{
    public static readonly NeutralKeys Sections = new("plugins", "upstream", "node", "upstream_servers*", "config.upstream*", "config.extraFiles*");

    public static readonly NeutralKeys Service = new(
        "flush", "grace", "daemon", "log_level", "log_file", "plugins_file", "http_*", "health_check", "hc_*", "hot_reload*", "coro_stack_size", "scheduler.*", "storage.*", "dns.*",
        "json.escape_unicode", "sp.*", "parsers_file", "enable_chunk_trace", "windows.*", "multiline_buffer_limit");

    public static readonly NeutralKeys Tail = new(
        "db.*", "refresh_interval", "rotate_wait", "buffer_max_size", "buffer_chunk_size", "mem_buf_limit", "storage.*", "inotify_watcher", "log_level", "log_suppress_interval", "threaded",
        "thread.*", "progress_check_interval*", "watcher_interval", "static_batch_size", "event_batch_size", "exit_on_eof", "docker_mode", "docker_mode_flush", "multiline_flush",
        "multiline.flush_timeout", "file_cache_advise", "keep_file_handle");

    /// <summary>Of a parser of JSON lines.</summary>
    public static readonly NeutralKeys Parser = new("regex", "types", "time_keep", "time_strict", "skip_empty_values");

    public static readonly NeutralKeys Kubernetes = new(
        "kube_*", "buffer_size", "tls.*", "tls", "use_kubelet", "kubelet_host", "kubelet_port", "dns_*", "cache_use_docker_id", "regex_parser", "merge_log_key", "merge_log_trim", "keep_log",
        "log_level", "alias");

    /// <summary>Of the other filters that have a counterpart.</summary>
    public static readonly NeutralKeys Filter = new("alias", "log_level", "log_suppress_interval", "reserve_data", "preserve_key");

    public static readonly NeutralKeys Rewrite = new("emitter_*", "alias", "log_level", "log_suppress_interval");

    public static readonly NeutralKeys S3 = new(
        "workers", "store_dir", "upload_chunk_size", "use_put_object", "send_content_md5", "preserve_data_ordering", "auto_retry_requests", "log_level", "log_suppress_interval", "net.*",
        "storage.*", "json_date_format", "json_date_key", "static_file_path", "content_type", "retry_limit", "tls.debug", "tls.verify", "tls.verify_hostname", "tls", "tls.vhost",
        "tls.min_version", "tls.max_version", "tls.ciphers");

    public static readonly NeutralKeys Azure = new(
        "workers", "log_level", "log_suppress_interval", "net.*", "storage.*", "buffering_enabled", "buffer_dir", "buffer_file_delete_early", "store_dir*", "io_timeout", "part_size",
        "upload_*", "blob_uri_length", "scheduler_max_retries", "delete_on_max_upload_error", "azure_blob_buffer_key", "date_key", "retry_limit", "database_file",
        "tls", "tls.debug", "tls.verify", "tls.verify_hostname", "tls.vhost", "tls.min_version", "tls.max_version", "tls.ciphers", "json_date_format", "json_date_key");
}
