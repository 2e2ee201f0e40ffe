#!/usr/bin/env python3
"""Checks a bucket against its catalogs without anything of the collector's: from CATALOG.md and VERIFY.md alone.

  hack/verify.py DIR [--root persisted-logs/] [--catalog persisted-logs/_catalog/]

DIR is a directory store, or a bucket that was copied into one. Prints one JSON document, whose holes are those of
'collector verify --json'. Exit code 0: whole; 1: there are holes, or there is no catalog.
"""
import argparse, bisect, collections, gzip, hashlib, json, os, re, sys, zlib

NAME = re.compile(r"(?:^|[^0-9])([0-9]{13})-([A-Za-z0-9\-_.]+)-([0-9a-f]{12})([0-9a-f]{8})\.(?:jsonl|log)(?:\.gz|\.zst|\.snappy|\.zz)?$")
TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return f"{crc ^ 0xFFFFFFFF:08x}"

def millis(time):
    from datetime import datetime
    return round(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)

class Chain:
    def __init__(self):
        self.head, self.key, self.sha, self.altered, self.unsaid = None, "", "", 0, []
        self.settled, self.pending, self.open = 0, [], 0
        self.sums = collections.Counter()
    def judge(self, seq):
        if any(a <= seq < b for a, b in self.unsaid): return 1
        return 2 if seq >= self.settled or seq in self.pending else 0
    def has_settled(self, seq):
        return self.settled > seq and not any(p < seq for p in self.pending)

class Verify:
    def __init__(self, directory, root, catalog):
        self.dir, self.root, self.catalog = directory, root, catalog
        self.holes, self.chains, self.recent, self.altered = set(), {}, {}, collections.Counter()
        self.runs, self.explained, self.told = {}, {}, set()

    def read(self, key):
        with open(os.path.join(self.dir, key), "rb") as file:
            return file.read()

    def keys(self):
        for at, _, files in os.walk(os.path.join(self.dir, self.root)):
            for name in files:
                if not name.startswith(".upload-"):
                    yield os.path.relpath(os.path.join(at, name), self.dir)

    def parse(self, body, ms, instance):
        text = gzip.decompress(body)
        if not text.endswith(b"\n"): raise ValueError("no end")
        head, *lines = [json.loads(line) for line in text[:-1].split(b"\n")]
        if [line["line"] for line in lines] != list(range(head["from"], head["to"])): raise ValueError("lines")
        if head["instance"] != instance or millis(head["made"]) != ms: raise ValueError("key")
        return head, lines

    def link(self, key, node, seq, head, sha):
        """The chain that takes it up; None for one that was added."""
        id, altered = (node, head["instance"], head["output"]), self.altered[node, head["instance"]]
        recent = self.recent.setdefault((node, head["output"]), collections.deque(maxlen=64))
        new = id not in self.chains
        chain = self.chains.setdefault(id, Chain())
        if new: follows = head["previous"] is None or head["previous"] in recent
        else: follows = head["previous"] == chain.sha and head["catalog"] == chain.head["catalog"] + 1
        if not follows:
            if not new and head["catalog"] <= chain.head["catalog"]:
                self.holes.add(("catalog_added", key))
                return None
            if altered > 0 if new else altered != chain.altered: pass
            elif not new and head["catalog"] == chain.head["catalog"] + 1 and head["previous"]: self.holes.add(("catalog_altered", chain.key))
            else: self.holes.add(("catalog_missing", key))
            chain.unsaid.append((0 if new else chain.open, seq))
        elif new: chain.unsaid.append((0, head.get("since", seq)))
        if "settled" in head:
            chain.settled, chain.pending = head["settled"], head["pending"]
            chain.open = min(chain.pending + [chain.settled])
        chain.head, chain.key, chain.sha, chain.altered = head, key, sha, altered
        recent.append(sha)
        return chain

    def take(self, line, head, seq, chain, node):
        chain.sums["lines"] += 1
        if "off" in line:
            chain.unsaid.append((line["off"], head.get("since", seq)))
            return
        if "ended" in line or "lost_files" in line: return
        stored = "key" in line and "dropped" not in line
        if "key" in line: self.told.add(line["key"])
        if stored:
            chain.sums.update(objects=1, records=line["records"], stored_bytes=line["stored_bytes"])
            self.compare(line)
        for source in line["sources"]:
            id = (head["node"], head["output"], source["generation"])
            if not stored:
                self.explained.setdefault(id, []).extend(source["intervals"])
                continue
            prefix, number = line["key"].rpartition("/")[0], int(NAME.search(line["key"])[3], 16)
            runs = self.runs.setdefault(id, (source["log"], []))[1]
            if sum(b - a for a, b in source["intervals"]) > 2 << 20 and any(r[0] >= source["intervals"][-1][1] and r[2] == prefix and r[4] < number for r in runs):
                self.holes.add(("out_of_order", line["key"]))
            told = (seq, millis(head["made"]))
            for a, b in source["intervals"]: self.add(runs, [a, b, prefix, chain, number, number, told, told], line["key"])

    def compare(self, line):
        try:
            body = self.read(line["key"])
        except FileNotFoundError:
            self.holes.add(("object_missing", line["key"]))
            return
        same = len(body) == line["stored_bytes"]
        if "sha256" in line: same = same and hashlib.sha256(body).hexdigest() == line["sha256"]
        elif "crc32c" in line: same = same and crc32c(body) == line["crc32c"]
        if not same: self.holes.add(("object_altered", line["key"]))

    def add(self, runs, run, key):
        """A run: from, to, prefix, chain, first seq, last seq, first told, last told."""
        at = bisect.bisect_left(runs, run[1], key=lambda r: r[0])
        before = runs[at - 1] if at else None
        if before and before[1] > run[0]: self.holes.add(("bytes_twice", key))
        elif before and before[1] == run[0] and before[2:4] == run[2:4] and before[5] <= run[4]: before[1], before[5], before[7] = run[1], run[5], max(before[7], run[7])
        else: runs.insert(at, run)

    def gaps(self):
        for id, (log, runs) in self.runs.items():
            for left, right in zip(runs, runs[1:]):
                chain = left[3]
                seq, made = max(left[7], right[6])
                if chain is not right[3] or left[5] < max((b for _, b in chain.unsaid), default=0) or not chain.has_settled(seq) or millis(chain.head["made"]) < made + 86400000: continue
                at = left[1]
                for a, b in sorted(self.explained.get(id, [])) + [(right[0], right[0])]:
                    if at < min(a, right[0]): self.holes.add(("bytes_missing", f"{log} {id[2]} {at}-{min(a, right[0])}"))
                    at = max(at, b)

    def run(self):
        all, counts = sorted(self.keys(), key=lambda key: key.encode()), collections.Counter()
        for key in (k for k in all if k.startswith(self.catalog)):
            if not (name := NAME.search(key)):
                counts["foreign"] += 1
                continue
            ms, node, seq, instance, body = int(name[1]), name[2], int(name[3], 16), name[4], self.read(key)
            try:
                head, lines = self.parse(body, ms, instance)
            except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error):
                self.holes.add(("catalog_altered", key))
                self.altered[node, instance] += 1
                continue
            if chain := self.link(key, node, seq, head, hashlib.sha256(body).hexdigest()):
                for line in lines: self.take(line, head, seq, chain, node)
        for key in (k for k in all if not k.startswith(self.catalog) and k not in self.told):
            if not (name := NAME.search(key)):
                counts["foreign"] += 1
                continue
            judged = max((c.judge(int(name[3], 16)) for (node, instance, _), c in self.chains.items() if (node, instance) == (name[2], name[4])), default=1)
            if judged == 0: self.holes.add(("object_added", key))
            else: counts["unsaid" if judged == 1 else "waiting"] += 1
        self.gaps()
        nodes = [{"node": c.head["node"], "output": o, "instance": i, "objects": c.sums["objects"], "records": c.sums["records"], "stored_bytes": c.sums["stored_bytes"]} for (_, i, o), c in sorted(self.chains.items())]
        return {"whole": bool(nodes) and not self.holes, "nodes": nodes, "waiting": counts["waiting"], "unsaid": counts["unsaid"], "foreign": counts["foreign"],
                "holes": [{"kind": kind, "key": key} for kind, key in sorted(self.holes)]}

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("dir")
    options.add_argument("--root", default="persisted-logs/")
    options.add_argument("--catalog", default="persisted-logs/_catalog/")
    given = options.parse_args()
    report = Verify(given.dir, given.root, given.catalog).run()
    print(json.dumps(report, indent=1))
    sys.exit(0 if report["whole"] else 1)
