namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Two containers, what their runtime writes and what kubelet does with it.</summary>
internal sealed class ContainerModel : TailModel
{
    private readonly List<Writer> _writers = [];

    public ContainerModel(int seed)
        : base(seed, new TailOptions())
    {
        for (var i = 0; i < 2; i++)
        {
            _writers.Add(new Writer(Tail.Container($"pod{i}"), i));
        }
    }

    public override void Step()
    {
        if (Random.Next(3) == 0)
        {
            StepCollector();
            return;
        }

        var writer = _writers[Random.Next(_writers.Count)];
        if (!writer.IsDeleted)
        {
            Step(writer);
        }
    }

    protected override void Settle() => _writers.FindAll(w => !w.IsDeleted).ForEach(w => w.Settle());

    protected override void Compare(StoredRecords stored)
    {
        foreach (var writer in _writers)
        {
            AssertSame($"{writer.Log.Prefix} stdout", writer.Written["stdout"], stored.Of(writer.Log, "stdout"));
            AssertSame($"{writer.Log.Prefix} stderr", writer.Written["stderr"], stored.Of(writer.Log, "stderr"));
        }
    }

    private void Step(Writer writer)
    {
        switch (Random.Next(20))
        {
            case < 9:
                Write(writer);
                break;
            case < 12:
                Begin(writer);
                break;
            case < 14:
                Note($"{writer.Index}: rotate");
                writer.EndLine();
                writer.Rotate();
                break;
            case 14:
                Note($"{writer.Index}: rotate and undo");
                writer.Log.Rename();
                IfUp(Tail.Run);
                Write(writer);
                writer.Log.UndoRename();
                break;
            case 15:
                writer.Gzip(Random.Next(3), Note);
                break;
            case 16:
                Note($"{writer.Index}: restart");
                writer.EndLine();
                writer.End();
                writer.Restart();
                break;
            case 17:
                DeleteOldest(writer);
                break;
            case 18:
                writer.Halve(Random, Note);
                break;
            default:
                if (Random.Next(6) == 0)
                {
                    Delete(writer);
                }

                break;
        }
    }

    private void Write(Writer writer)
    {
        var stream = Random.Next(4) == 0 ? "stderr" : "stdout";
        var count = Random.Next(1, 5);
        Note($"{writer.Index}: {count} {stream}");
        writer.EndLine();
        for (var i = 0; i < count; i++)
        {
            writer.Write(stream);
        }
    }

    private void Begin(Writer writer)
    {
        var stream = Random.Next(3) == 0 ? "stderr" : "stdout";
        Note($"{writer.Index}: partial {stream}");
        writer.EndLine();
        writer.Begin(stream);
    }

    /// <summary>Kubelet keeps so many. What the collector has had a minute to read is not lost.</summary>
    private void DeleteOldest(Writer writer)
    {
        if (writer.Old.Count == 0 || writer.Old[0].IsSpanned)
        {
            return;
        }

        Note($"{writer.Index}: delete oldest");
        Release(writer.Old[0].Lines);
        writer.Old[0].File.Delete();
        writer.Old.RemoveAt(0);
    }

    private void Delete(Writer writer)
    {
        if (writer.Old.Exists(o => o.IsSpanned) || writer.HasBegun)
        {
            return;
        }

        Note($"{writer.Index}: delete pod");
        writer.EndLine();
        Release(writer.Written.Values.SelectMany(l => l));
        writer.Log.Delete();
        writer.IsDeleted = true;
    }

    private void Release(IEnumerable<string> lines)
    {
        HasVanished = true;
        if (IsDown || IsFull || Random.Next(2) == 0)
        {
            MayBeLost.UnionWith(lines);
        }
        else
        {
            Note("(read before)");
            Settle();
            Tail.Advance(70);
            Tail.Sync();
        }
    }

    /// <summary>A container's writer and what it has written: texts by stream, and by the file that they are in.</summary>
    private sealed class Writer(KubeletLog log, int index)
    {
        private readonly Dictionary<string, string> _begun = new(StringComparer.Ordinal) { ["stdout"] = "", ["stderr"] = "" };
        private HashSet<string> _lines = [];
        private byte[]? _half;
        private int _next;

        public KubeletLog Log { get; } = log;

        public int Index { get; } = index;

        public bool IsDeleted { get; set; }

        public Dictionary<string, List<string>> Written { get; } = new(StringComparer.Ordinal) { ["stdout"] = [], ["stderr"] = [] };

        /// <summary>Files that are no longer written to, with the texts that end in them, and whether one that is begun in them ends later.</summary>
        public List<(NodeFile File, HashSet<string> Lines, bool IsSpanned)> Old { get; } = [];

        public bool HasBegun => _begun.Values.Any(b => b.Length > 0);

        public void Write(string stream)
        {
            var text = $"{_next++}";
            Log.Full(text, stream);
            Take(stream, text);
        }

        public void Begin(string stream)
        {
            var text = $"{_next++}+";
            Log.Partial(text, stream);
            _begun[stream] += text;
        }

        /// <summary>Half of a line; the other half comes before anything else.</summary>
        public void Halve(Random random, Action<string> note)
        {
            if (_half is not null)
            {
                return;
            }

            var text = $"{_next++}";
            var line = Log.Line("stdout", "F", text);
            var cut = random.Next(1, line.Length);
            note($"{Index}: {cut} bytes of a line");
            Log.Raw(line[..cut]);
            _half = line[cut..];
            Take("stdout", text);
        }

        public void EndLine()
        {
            if (_half is not null)
            {
                Log.Raw(_half);
                _half = null;
            }
        }

        /// <summary>The container is dead: what was begun is all there will be.</summary>
        public void End()
        {
            foreach (var stream in _begun.Keys.Where(s => _begun[s].Length > 0).ToList())
            {
                var text = _begun[stream];
                _begun[stream] = "";
                _lines.Add(text);
                Written[stream].Add(text);
            }
        }

        public void Settle()
        {
            EndLine();
            foreach (var stream in _begun.Keys.Where(s => _begun[s].Length > 0).ToList())
            {
                Write(stream);
            }
        }

        public void Rotate()
        {
            Log.Rotate();
            Retire(Log.Rotated);
        }

        public void Restart()
        {
            var old = Log.Live;
            Log.Restart();
            Retire(old);
        }

        public void Gzip(int which, Action<string> note)
        {
            if (which < Old.Count && !Old[which].File.Name.EndsWith(".gz", StringComparison.Ordinal) && Old[which].File.Name.Contains(".log.", StringComparison.Ordinal))
            {
                note($"{Index}: gzip {Old[which].File.Name}");
                Old[which] = (Old[which].File.Gzip(), Old[which].Lines, Old[which].IsSpanned);
            }
        }

        private void Take(string stream, string text)
        {
            text = _begun[stream] + text;
            _begun[stream] = "";
            _lines.Add(text);
            Written[stream].Add(text);
        }

        private void Retire(NodeFile file)
        {
            Old.Add((file, _lines, HasBegun));
            _lines = [];
        }
    }
}
