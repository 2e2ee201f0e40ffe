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

    public LedgerWriter Add(ContainerIdentity identity) => Add(identity, logSource: null);

    /// <summary>An application that writes a file of its own.</summary>
    /// <param name="logSource">As the <c>file</c> source that takes it is configured.</param>
    public LedgerWriter AddFile(string name, string logSource) => Add(new ContainerIdentity("", "", "", name), logSource);

    private LedgerWriter Add(ContainerIdentity identity, string? logSource)
    {
        var writer = new LedgerWriter { Number = (uint)Writers.Count, Identity = identity, LogSource = logSource };
        Writers.Add(writer);
        return writer;
    }
}

/// <summary>One container, over all its restarts; or one application's file, over all its generations.</summary>
public sealed class LedgerWriter
{
    public required uint Number { get; init; }

    public required ContainerIdentity Identity { get; init; }

    /// <summary>Of a <c>file</c> source, what its records say in <c>log_source</c>; null: a container.</summary>
    public string? LogSource { get; init; }

    /// <summary>The pod's UID in the API, where the path has another (a static pod).</summary>
    public string? ApiUid { get; set; }

    /// <summary>Its pod's labels and annotations change while it runs.</summary>
    public bool IsChanging { get; set; }

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

    /// <summary>Records that some output must not have, or may have or not.</summary>
    public List<ClaimRange> Claims { get; } = [];

    /// <summary>What records must say in their pod's label that changes.</summary>
    public List<LabelRange> Labels { get; } = [];

    /// <summary>Records that end with a <c>P</c> line, because their container died.</summary>
    public List<CutRecord> Cuts { get; } = [];
}

/// <summary>What an output has to do with a record.</summary>
public enum Claim
{
    /// <summary>It must have it, once.</summary>
    Wanted,

    /// <summary>It was written about when the pod changed: once, or not at all.</summary>
    Undecided,

    /// <summary>Its pod had asked to be left out.</summary>
    Excluded,

    /// <summary>Its pod was none that the output's <c>match</c> takes.</summary>
    Unmatched,
}

/// <summary>Sequence numbers, both ends included, of which an output's claim is not <see cref="Claim.Wanted"/>.</summary>
public sealed record ClaimRange(string Output, Claim Claim, uint First)
{
    /// <summary>Open until it is set.</summary>
    public uint Last { get; set; } = uint.MaxValue;

    public Claim Claim { get; set; } = Claim;
}

/// <summary>Sequence numbers, both ends included, and the label that their pod had.</summary>
public readonly record struct LabelRange(uint First, uint Last, string Value);

/// <summary>Sequence numbers, both ends included.</summary>
public readonly record struct SequenceRange(uint First, uint Last);
