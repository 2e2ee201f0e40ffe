using System.Text.Json;
using System.Text.Json.Serialization;
using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>
/// All that was written, in little space: how many records each stream has. What each of them says is checked
/// by its <see cref="TraceMark"/>.
/// </summary>
public sealed class Ledger
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
    };

    /// <summary>By the writer's number, which is its index.</summary>
    public List<LedgerWriter> Writers { get; } = [];

    [JsonIgnore]
    public long Records => Writers.Sum(w => (long)w.Stdout.Records + w.Stderr.Records);

    public static Ledger Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        return JsonSerializer.Deserialize<Ledger>(file, Format) ?? throw new InvalidDataException($"{path} holds no ledger.");
    }

    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, this, Format);
    }

    public LedgerWriter Add(ContainerIdentity identity)
    {
        var writer = new LedgerWriter { Number = (uint)Writers.Count, Identity = identity };
        Writers.Add(writer);
        return writer;
    }
}

/// <summary>One container, over all its restarts.</summary>
public sealed class LedgerWriter
{
    public required uint Number { get; init; }

    public required ContainerIdentity Identity { get; init; }

    /// <summary>The runtime's id of each run.</summary>
    public List<string> ContainerIds { get; } = [];

    public LedgerStream Stdout { get; } = new();

    public LedgerStream Stderr { get; } = new();

    public LedgerStream this[RuntimeStream stream] => stream == RuntimeStream.Stdout ? Stdout : Stderr;
}

/// <summary>One stream of a container.</summary>
public sealed class LedgerStream
{
    /// <summary>Records with the sequence numbers 0 to this − 1 were begun.</summary>
    public uint Records { get; set; }

    /// <summary>Records whose files were deleted with leave to lose them.</summary>
    public List<SequenceRange> Excused { get; } = [];

    /// <summary>Records that end with a <c>P</c> line, because their container died.</summary>
    public List<CutRecord> Cuts { get; } = [];
}

/// <summary>Sequence numbers, both ends included.</summary>
public readonly record struct SequenceRange(uint First, uint Last);
