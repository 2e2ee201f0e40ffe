using System.Globalization;
using System.Text;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>A line of a log file: all of a record, or a part of it.</summary>
internal sealed record ModelLine(ModelGeneration Generation, long From, long To, ModelRecord Record, bool IsLast);

/// <summary>What the sources say once, and the store must hold once. Numbers count up within a chain's stream.</summary>
internal sealed class ModelRecord(int chain, LogStream stream, int number)
{
    public int Chain { get; } = chain;

    public LogStream Stream { get; } = stream;

    public int Number { get; } = number;

    public List<ModelLine> Lines { get; } = [];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Chain}/{Stream}/{Number}");

    public string Time => string.Create(CultureInfo.InvariantCulture, $"2026-11-20T10:00:00.{Number:D4}Z");

    /// <summary>The record as it is stored: its name, its time, and a filling whose length differs from record to record.</summary>
    public byte[] Encoded => Encoding.UTF8.GetBytes($"{Name} {Time} {new string('x', Number * 7 % 40)}\n");
}

/// <summary>One log file's life, with all that it will ever hold.</summary>
internal sealed class ModelGeneration(int chain, int ordinal)
{
    private readonly List<byte> _content = [];

    public GenerationId Id { get; } = new((ulong)((chain * 100) + ordinal + 1));

    /// <summary>Bytes that have been written so far.</summary>
    public long Visible { get; set; }

    /// <summary>Deleted, after every output had it durably in the store.</summary>
    public bool IsGone { get; set; }

    public long Length => _content.Count;

    public ReadOnlySpan<byte> Content => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_content);

    /// <summary>As the tail would know it now: the fingerprint grows with the file.</summary>
    public GenerationIdentity Identity => new(
        Id, ordinal, 1, Id.Value + 1000, 0, $"chain-{chain}", $"{ordinal}.log", Fingerprint.Of(Content[..(int)Visible]));

    public (long From, long To) Append(string line)
    {
        var from = _content.Count;
        _content.AddRange(Encoding.UTF8.GetBytes(line));
        return (from, _content.Count);
    }
}

/// <summary>The log files of one container, one after the other, as lines in reading order.</summary>
internal sealed class ModelChain
{
    public ModelChain(int index, Random random, int records)
    {
        Index = index;
        var generation = NewGeneration();
        var waiting = new Dictionary<LogStream, ModelRecord>();
        var parts = new Dictionary<LogStream, int>();
        for (var made = 0; made < records || waiting.Count > 0;)
        {
            var stream = random.Next(3) == 0 ? LogStream.Stderr : LogStream.Stdout;
            if (!waiting.TryGetValue(stream, out var record))
            {
                if (made == records)
                {
                    continue;
                }

                made++;
                waiting[stream] = record = new ModelRecord(index, stream, Records.Count(r => r.Stream == stream));
                parts[stream] = random.Next(4) == 0 ? random.Next(2, 4) : 1;
                Records.Add(record);
            }

            var isLast = --parts[stream] == 0;
            var (from, to) = generation.Append($"{(isLast ? 'F' : 'P')} {record.Name} {new string('y', random.Next(30))}\n");
            var line = new ModelLine(generation, from, to, record, isLast);
            record.Lines.Add(line);
            Lines.Add(line);
            if (isLast)
            {
                waiting.Remove(stream);
            }

            if (random.Next(12) == 0)
            {
                generation = NewGeneration();
            }
        }
    }

    public int Index { get; }

    public List<ModelRecord> Records { get; } = [];

    public List<ModelLine> Lines { get; } = [];

    public List<ModelGeneration> Generations { get; } = [];

    /// <summary>How many lines have been written so far.</summary>
    public int Written { get; private set; }

    /// <summary>Which partition its records go to now; it changes as a pod's metadata do.</summary>
    public int Version { get; set; }

    public void Grow(int lines)
    {
        for (; lines > 0 && Written < Lines.Count; lines--, Written++)
        {
            Lines[Written].Generation.Visible = Lines[Written].To;
        }
    }

    private ModelGeneration NewGeneration()
    {
        var generation = new ModelGeneration(Index, Generations.Count);
        Generations.Add(generation);
        return generation;
    }
}
