using Collector.Pipeline.Records;

namespace Collector.Reading.Tests.Mixed;

/// <summary>A line as it was written; what is stored as text, or is no record, has neither time nor run.</summary>
internal sealed record WrittenLine(string Text, DateTimeOffset? Time, string Pod, string Uid, int Restart, string App, string Stream)
{
    public bool IsRecord => Time is not null;

    public string Stored => IsRecord
        ? Objects.Record(Time!.Value, Text, pod: Pod, restart: Restart, uid: Uid, stream: Stream, labels: $$"""{"app":"{{App}}"}""")
        : Text;
}

/// <summary>An object of a sequence, with its lines in their order.</summary>
internal sealed record WrittenObject(DateTimeOffset Opened, DateTimeOffset Stored, IReadOnlyList<WrittenLine> Lines);

/// <summary>
/// Random objects of nodes whose prefixes mix containers: agents that follow, and that catch up with one container after the other;
/// clocks that go back; restarts; a pod that was on all nodes. Lines of one prefix and node may have equal times, others have not.
/// </summary>
internal sealed class MixedPrefix
{
    private static readonly string[] Templates = ["all/", "{\"%Y-%m-%d\"}/", "{.kubernetes.namespace_name||\"none\"}/"];
    private static readonly (Compression Kind, string Extension)[] Compressions =
        [(Compression.Gzip, ".gz"), (Compression.Zstd, ".zst"), (Compression.None, ""), (Compression.Zlib, ".zz"), (Compression.Snappy, ".snappy")];

    private readonly Random _random;
    private readonly Dictionary<string, List<WrittenObject>> _sequences = [];
    private int _number;

    public MixedPrefix(int seed)
    {
        _random = new Random(seed);
        Template = Templates[_random.Next(Templates.Length)];
        HasUntimed = _random.Next(3) == 0;
        var nodes = 1 + _random.Next(3);
        for (var node = 0; node < nodes; node++)
            Write(node);
    }

    public string Template { get; }

    /// <summary>Some objects are text, or have lines that are no records.</summary>
    public bool HasUntimed { get; }

    public MemoryStore Store { get; } = new();

    public DateTimeOffset Start { get; } = new(2026, 11, 20, 20, 0, 0, TimeSpan.Zero);

    public DateTimeOffset End { get; private set; }

    /// <summary>In the order in which a reader opens them.</summary>
    public IReadOnlyList<IReadOnlyList<WrittenObject>> Sequences => [.. _sequences.Values.OrderBy(objects => objects[0].Opened)];

    private void Write(int node)
    {
        var pods = Enumerable.Range(0, 1 + _random.Next(4)).Select(i => new Pod($"cart-{node}{i}", $"u{node}{i}", i % 2 == 0 ? "a" : "b")).Append(new Pod("stateful-0", $"s{node}", "a")).ToList();
        var (now, slow) = (Start.AddMinutes(_random.Next(60)), TimeSpan.Zero);
        List<(DateTimeOffset ReadAt, WrittenLine Line)> read = [];
        for (var phase = 1 + _random.Next(4); phase > 0; phase--)
        {
            slow = _random.Next(3) == 0 ? TimeSpan.FromMinutes(_random.Next(9)) : slow;
            if (_random.Next(2) == 0)
            {
                for (var i = _random.Next(60); i > 0; i--)
                {
                    now = now.AddSeconds(_random.Next(20));
                    read.Add((now, Line(pods[_random.Next(pods.Count)], now - slow, node)));
                }
            }
            else
            {
                var down = _random.Next(5 * 3600);
                foreach (var pod in pods.OrderBy(_ => _random.Next()))
                {
                    foreach (var second in Enumerable.Range(0, _random.Next(30)).Select(_ => _random.Next(down)).Order())
                        read.Add((now.AddSeconds(down), Line(pod, now.AddSeconds(second) - slow, node)));
                }

                now = now.AddSeconds(down + 60);
            }

            foreach (var pod in pods.Where(pod => pod.Name != "stateful-0" && _random.Next(4) == 0))
                pod.Restart++;
        }

        End = now > End ? now : End;
        foreach (var prefix in read.GroupBy(one => PrefixOf(one.Line)))
            Store1(prefix.Key, node, [.. prefix]);
    }

    private string PrefixOf(WrittenLine line) => Template[1] switch
    {
        'l' => "all/",
        '"' => $"{line.Time:yyyy-MM-dd}/",
        _ => "shop/",
    };

    private WrittenLine Line(Pod pod, DateTimeOffset time, int node)
    {
        var kind = _random.Next(4) switch { 0 => "hit", 1 => "miss", 2 => """{"level":"error"}""", _ => "other" };
        var number = _number++;
        return new WrittenLine(kind[0] == '{' ? $"{kind[..^1]},\"n\":{number}}}" : $"{kind} {number}", time.AddTicks((10 * node) + time.Day % 10), pod.Name, pod.Uid, pod.Restart, pod.App, _random.Next(3) == 0 ? "stderr" : "stdout");
    }

    private void Store1(string prefix, int node, List<(DateTimeOffset ReadAt, WrittenLine Line)> read)
    {
        List<WrittenObject> objects = [];
        var opened = DateTimeOffset.MinValue;
        var day = prefix[^2] - '0';
        for (var at = 0; at < read.Count;)
        {
            var some = read.Skip(at).Take(1 + _random.Next(25)).ToList();
            at += some.Count;
            var first = new DateTimeOffset(some[0].ReadAt.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero).AddMilliseconds(1 + (node * 100) + Math.Abs(day % 10));
            opened = first > opened ? first : opened.AddSeconds(1);
            var lines = some.Select(one => one.Line).ToList();
            var isText = HasUntimed && prefix == "all/" && _random.Next(8) == 0;
            if (isText)
                lines = [.. lines.Select(line => line with { Time = null })];
            else if (HasUntimed && _random.Next(3) == 0)
                lines.Insert(_random.Next(lines.Count + 1), new WrittenLine($"no record {_number++}", null, "", "", 0, "", ""));
            var stored = some[^1].ReadAt.AddSeconds(_random.Next(200));
            stored = stored > opened ? stored : opened;
            objects.Add(new WrittenObject(opened, stored, lines));
            var (compression, extension) = Compressions[_random.Next(Compressions.Length)];
            Store.Put($"{prefix}{opened.ToUnixTimeMilliseconds():D13}-node-{node}-{_number++:x12}0a1b2c3d{(isText ? ".log" : ".jsonl")}{extension}", Body(compression, lines), stored);
        }

        _sequences[$"{prefix}{node}"] = objects;
    }

    /// <summary>In members or frames where the compression has them, of which some end within a line.</summary>
    private byte[] Body(Compression compression, List<WrittenLine> lines)
    {
        var text = string.Concat(lines.Select(line => line.Stored + "\n"));
        if (compression is not (Compression.Gzip or Compression.Zstd))
            return Objects.Compress(compression, text);
        List<byte> body = [];
        while (text.Length > 0)
        {
            var length = _random.Next(3) == 0 ? text.Length : _random.Next(2) == 0 ? text.IndexOf('\n', StringComparison.Ordinal) + 1 : 1 + _random.Next(text.Length);
            body.AddRange(Objects.Compress(compression, text[..length]));
            text = text[length..];
        }

        return [.. body];
    }

    private sealed class Pod(string name, string uid, string app)
    {
        public string Name => name;

        public string Uid => uid;

        public string App => app;

        public int Restart { get; set; }
    }
}
