#!/usr/bin/env bash
# helm test, in three steps that are containers of one pod: note the figures of this node's collector, write lines, and wait
# until that collector has read and stored as many. It asks /metrics with bash alone: the image has no HTTP client.
# The object of the second container is sealed when the collector sees its end in the API, so this takes seconds where objects are by
# container, and up to batch.maxAge where they are not, or where there is no API.
# No metric names a pod, so lines of other pods count as well. That some output wants these is told by a byte in each that is no
# UTF-8: the collector counts it when it makes a record for an output, and few others write such lines. TEXT=true: an output stores
# the bytes as they are, and counts none; then that fewer records are wanted by nobody than were written here has to do.
set -euo pipefail

lines=1000
work=${WORK:-/work}
text=${TEXT:-false}

scrape() {
  exec 3<>"/dev/tcp/$COLLECTOR/$PORT" || return 1
  printf 'GET /metrics HTTP/1.0\r\nHost: collector\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}

# The sum of a metric over its labels, without the samples whose labels match $3.
total() {
  awk -v name="$2" -v except="${3:-^$}" '
    { metric = $1; sub(/\{.*/, "", metric) }
    metric == name && $1 !~ except { sum += $NF }
    END { printf "%.0f\n", sum }' <<<"$1"
}

figures() {
  local page
  page=$(scrape) || return 1
  total "$page" collector_records_read_total
  total "$page" collector_records_uploaded_total
  total "$page" collector_objects_uploaded_total
  total "$page" collector_records_dropped_total 'reason="reread"'
  total "$page" collector_records_unmatched_total
  total "$page" collector_records_invalid_utf8_total
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

case $1 in
  before)
    figures >"$work/before" || fail "no collector answers at $COLLECTOR:$PORT; is the one of this node ready?"
    ;;
  marker)
    for ((i = 1; i <= lines; i++)); do printf 'collector-helm-test %s line %d of %d \xff\n' "$HOSTNAME" "$i" "$lines"; done
    ;;
  after)
    mapfile -t before <"$work/before"
    said="it does not answer"
    for ((waited = 0; waited < LIMIT; waited += 2)); do
      if page=$(figures); then
        mapfile -t now <<<"$page"
        read=$((now[0] - before[0])) stored=$((now[1] - before[1])) objects=$((now[2] - before[2]))
        dropped=$((now[3] - before[3])) unmatched=$((now[4] - before[4])) marked=$((now[5] - before[5]))
        ((dropped <= 0)) || fail "$dropped records were dropped"
        ((read >= 0)) || fail "the collector of this node was restarted meanwhile; try again"
        wanted=false
        if ((marked >= lines)) || [[ $text == true ]] && ((waited >= 10 && unmatched < lines)); then wanted=true; fi
        if [[ $wanted == true ]] && ((read >= lines && stored >= lines && objects > 0)); then
          echo "OK: after $waited s the collector of this node has read $read records and stored $stored in $objects objects"
          exit 0
        fi
        said="it has read $read records of at least $lines and stored $stored"
        if [[ $wanted == false ]] && ((unmatched >= lines)); then
          said+="; $unmatched are wanted by no output (match), these lines among them"
        elif [[ $wanted == false ]]; then
          said+=", but of these lines no output has got any yet"
        fi
      fi
      sleep 2
    done
    fail "after $LIMIT s: $said; see the log of this node's collector"
    ;;
esac
