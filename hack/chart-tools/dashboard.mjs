// Prints charts/collector/files/dashboard.json, a dashboard for Grafana: a row a question; by node, of which the ten worst are shown.

const source = { type: 'prometheus', uid: '${datasource}' };
const of = 'job=~"$job", node=~"$node"';
const output = `${of}, output=~"$output"`;
const bad = 'result!~"stored|already_there|key_collision|condition_unsupported"';

const width = 24;
let id = 0;
let x = 0;
let y = 0;
let height = 0;

function place(w, h) {
  if (x + w > width) { x = 0; y += height; height = 0; }
  const at = { x, y, w, h };
  x += w;
  height = Math.max(height, h);
  return at;
}

function panel(type, title, description, unit, queries, { w = 8, h = 8, min = 0, thresholds, custom = {}, options = {} } = {}) {
  return {
    id: ++id, type, title, description, datasource: source, gridPos: place(w, h),
    targets: Object.entries(queries).map(([legendFormat, expr], i) => ({ refId: String.fromCharCode(65 + i), datasource: source, expr, legendFormat })),
    fieldConfig: {
      defaults: {
        unit, min, custom,
        ...(thresholds && { color: { mode: 'thresholds' }, thresholds: { mode: 'absolute', steps: thresholds } }),
      },
      overrides: [],
    },
    options,
  };
}

// A cluster has a thousand nodes: of what is drawn for each of them, the ten that are worst.
const worst = (queries, most = 'topk') => Object.fromEntries(Object.entries(queries).map(([legend, expr]) =>
  [legend, legend.includes('{{node}}') ? `${most}(10, ${expr})` : expr]));

const lines = (title, description, unit, queries, { most, ...options } = {}) =>
  panel('timeseries', title, description, unit, worst(queries, most), { custom: { fillOpacity: 10, showPoints: 'never' }, ...options });

const big = (title, description, unit, expr, thresholds, options) =>
  panel('stat', title, description, unit, { '': expr }, {
    w: 6, h: 6, thresholds,
    options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'none', textMode: 'value' },
    ...options,
  });

function row(title) {
  y += height;
  x = 0;
  height = 0;
  return { id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y: y++, w: width, h: 1 }, panels: [] };
}

const good = (limit, color = 'red') => [{ color: 'green', value: null }, { color, value: limit }];

const panels = [
  row('Is anything late, stuck or lost?'),
  big('Lost', 'Records dropped, files lost and bytes lost in the chosen time. Anything but 0 is loss.', 'short',
    `sum(round(increase(collector_records_dropped_total{${output}, reason!="reread"}[$__range]))) + sum(round(increase(collector_files_lost_total{${of}, reason!="may_have_grown"}[$__range]))) + sum(round(increase(collector_bytes_lost_total{${of}}[$__range])))`,
    good(0.5), { w: 9, h: 8 }),
  big('Oldest record not stored', 'The age of what waits longest, on any node.', 's',
    `max(collector_buffer_oldest_record_age_seconds{${output}})`, [...good(900, 'yellow'), { color: 'red', value: 1800 }], { w: 5, h: 8 }),
  big('Outputs that take nothing', 'Buffers that are full.', 'short', `sum(collector_buffer_full{${output}})`, good(1), { w: 5, h: 8 }),
  big('Collectors', 'How many answer.', 'short', `count(collector_build_info{${of}})`, [{ color: 'blue', value: null }], { w: 5, h: 8 }),

  row('Throughput'),
  lines('Read', 'Bytes read from log files.', 'Bps', { '{{node}}': `sum by (node) (rate(collector_bytes_read_total{${of}}[$__rate_interval]))` }),
  lines('Records', 'In and out. They differ by what waits, is excluded or is wanted by no output.', 'cps', {
    read: `sum(rate(collector_records_read_total{${of}}[$__rate_interval]))`,
    'matched {{output}}': `sum by (output) (rate(collector_records_matched_total{${output}}[$__rate_interval]))`,
    'stored {{output}}': `sum by (output) (rate(collector_records_uploaded_total{${output}}[$__rate_interval]))`,
    excluded: `sum(rate(collector_records_excluded_total{${of}}[$__rate_interval]))`,
    unmatched: `sum(rate(collector_records_unmatched_total{${of}}[$__rate_interval]))`,
  }),
  lines('Stored', 'Bytes of objects, as sent.', 'Bps', { '{{node}} {{output}}': `sum by (node, output) (rate(collector_bytes_uploaded_total{${output}}[$__rate_interval]))` }),

  row('Lag and backlog'),
  lines('Unread', 'Unread bytes in known files.', 'bytes', { '{{node}}': `sum by (node) (collector_tail_lag_bytes{${of}})` }, { w: 6 }),
  lines('Backlog, age', 'Of the oldest record that is not stored. Up to batch.maxAge is normal.', 's', { '{{node}} {{output}}': `max by (node, output) (collector_buffer_oldest_record_age_seconds{${output}})` }, { w: 6 }),
  lines('Backlog, size', 'On the nodes\' disks.', 'bytes', { '{{node}} {{output}}': `sum by (node, output) (collector_buffer_bytes{${output}})` }, { w: 6 }),
  lines('Backlog, records', 'In open chunks, in sealed objects, put aside.', 'short', { '{{state}}': `sum by (state) (collector_buffer_records{${output}})` }, { w: 6 }),

  row('Loss'),
  lines('Dropped', 'Records that an output gave up; reread is no loss.', 'short', { '{{node}} {{reason}}': `sum by (node, reason) (increase(collector_records_dropped_total{${output}}[$__rate_interval]))` }),
  lines('Lost unread', 'Bytes that were deleted before they were read, and files that gaps in the rotation show to be lost.', 'short', {
    '{{node}} bytes {{reason}}': `sum by (node, reason) (round(increase(collector_bytes_lost_total{${of}}[$__rate_interval])))`,
    '{{node}} files {{reason}}': `sum by (node, reason) (round(increase(collector_files_lost_total{${of}}[$__rate_interval])))`,
  }),
  lines('Marked records', 'Cut, without an end, not in the runtime\'s format, without a time of their own, not UTF-8.', 'cps', {
    truncated: `sum(rate(collector_records_truncated_total{${of}}[$__rate_interval]))`,
    partial: `sum(rate(collector_records_partial_total{${of}}[$__rate_interval]))`,
    unparsed: `sum(rate(collector_records_unparsed_total{${of}}[$__rate_interval]))`,
    'time not read': `sum(rate(collector_records_time_unparsed_total{${of}}[$__rate_interval]))`,
    'not UTF-8': `sum(rate(collector_records_invalid_utf8_total{${of}}[$__rate_interval]))`,
  }),

  row('Uploads'),
  lines('Latency', 'Of one attempt, failed ones too.', 's', Object.fromEntries([0.5, 0.9, 0.99].map((q) =>
    [`p${q * 100} {{output}}`, `histogram_quantile(${q}, sum by (le, output) (rate(collector_upload_duration_seconds_bucket{${output}}[$__rate_interval])))`]))),
  lines('Attempts', 'By how they ended.', 'cps', { '{{output}} {{result}}': `sum by (output, result) (rate(collector_upload_attempts_total{${output}}[$__rate_interval])) > 0` }),
  lines('Keys that were taken', 'Before anything was sent to them: by a request of the collector\'s own that a balancer has repeated, or by a store that says so of every key. Objects that went under a second key may be in the store twice.', 'short', {
    '{{node}} {{output}} taken': `sum by (node, output) (increase(collector_upload_attempts_total{${output}, result="key_collision"}[$__rate_interval])) > 0`,
    '{{node}} {{output}} maybe twice': `sum by (node, output) (increase(collector_objects_maybe_twice_total{${output}}[$__rate_interval])) > 0`,
  }),
  lines('Failed share', 'Attempts that will be repeated.', 'percentunit', {
    '{{node}} {{output}}': `sum by (node, output) (rate(collector_upload_attempts_total{${output}, ${bad}}[$__rate_interval])) / sum by (node, output) (rate(collector_upload_attempts_total{${output}}[$__rate_interval]))`,
  }),
  lines('Objects', 'Stored a second: what PUT requests cost.', 'cps', { '{{output}}': `sum by (output) (rate(collector_objects_uploaded_total{${output}}[$__rate_interval]))` }),
  lines('Since the last upload', 'By node.', 's', { '{{node}} {{output}}': `time() - max by (node, output) (collector_last_upload_timestamp_seconds{${output}})` }),
  lines('Credentials expire in', 'They are renewed before.', 's', { '{{node}} {{output}}': `min by (node, output) (collector_credential_expiry_timestamp_seconds{${output}}) - time()` }, { most: 'bottomk' }),

  row('Files and pods'),
  lines('Files', 'That are followed.', 'short', { '{{state}}': `sum by (state) (collector_tail_files{${of}})` }, { w: 6 }),
  lines('Rotations', 'Followed.', 'cps', { '{{node}}': `sum by (node) (rate(collector_tail_rotations_total{${of}}[$__rate_interval]))` }, { w: 6 }),
  lines('Files with a problem', 'Put aside after an error; read without metadata.', 'short', {
    '{{node}} parked': `sum by (node) (collector_files_parked{${of}})`,
    '{{node}} without metadata': `sum by (node) (increase(collector_files_without_metadata_total{${of}}[$__rate_interval]))`,
  }, { w: 6 }),
  lines('Requests to the Kubernetes API', 'By answer; 0 is none.', 'cps', { '{{verb}} {{code}}': `sum by (verb, code) (rate(collector_kubernetes_requests_total{${of}}[$__rate_interval]))` }, { w: 6 }),

  row('The collectors themselves'),
  lines('CPU', 'Cores.', 'short', { '{{node}}': `sum by (node) (rate(process_cpu_seconds_total{${of}}[$__rate_interval]))` }),
  lines('Memory', 'Resident.', 'bytes', { '{{node}}': `sum by (node) (process_resident_memory_bytes{${of}})` }),
  lines('Descriptors', 'Open files and connections.', 'short', { '{{node}}': `sum by (node) (process_open_fds{${of}})` }),
];

const variable = (name, label, query) => ({
  name, label, type: 'query', datasource: source, query: { query, refId: name }, definition: query,
  multi: true, includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' }, refresh: 2, sort: 1,
});

const dashboard = {
  uid: 'collector',
  title: 'Collector',
  description: 'Logs of the nodes on their way to the object store.',
  tags: ['collector', 'logs'],
  schemaVersion: 39,
  editable: true,
  time: { from: 'now-6h', to: 'now' },
  refresh: '1m',
  timezone: '',
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {} },
      variable('job', 'Job', 'label_values(collector_build_info, job)'),
      variable('node', 'Node', 'label_values(collector_build_info{job=~"$job"}, node)'),
      variable('output', 'Output', 'label_values(collector_buffer_full{job=~"$job"}, output)'),
    ],
  },
  panels,
};

process.stdout.write(JSON.stringify(dashboard, null, 2) + '\n');
