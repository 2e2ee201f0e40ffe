using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Testing.Time;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>What a world is like.</summary>
internal sealed record ModelOptions
{
    public int Records { get; init; } = 24;

    public int Chains { get; init; } = 2;

    /// <summary>Random actions before all is delivered.</summary>
    public int Steps { get; init; } = 60;

    public bool WithReserve { get; init; }

    /// <summary>Somebody else fills the disk now and then.</summary>
    public bool Fills { get; init; }

    /// <summary>The second output drops its oldest objects when it is full.</summary>
    public bool Drops { get; init; }
}

/// <summary>All that outlives a process and a power loss: the sources, the stores, the time.</summary>
internal sealed class ModelWorld
{
    public const long MaxSize = 300;

    public ModelWorld(int seed, ModelOptions options)
    {
        var random = new Random(seed);
        Options = options;
        Chains = [.. Enumerable.Range(0, options.Chains).Select(i => new ModelChain(i, random, options.Records))];
        Stores = [new ModelStore(Compression.Gzip, MaxSize), new ModelStore(Compression.None, MaxSize)];
    }

    public ModelOptions Options { get; }

    public IReadOnlyList<ModelChain> Chains { get; }

    public ModelStore[] Stores { get; }

    public ManualClock Clock { get; } = new();

    /// <summary>Records that the collector says it dropped, by output.</summary>
    public long[] Dropped { get; } = new long[2];

    /// <summary>Records that nobody had when an exclusion ended, by output: they may be missing, and no others.</summary>
    public HashSet<string>[] Skipped { get; } = [[], []];

    public bool AllWritten => Chains.All(chain => chain.Written == chain.Lines.Count);

    /// <summary>The first output takes all in a partition a container; the second leaves out the second container's stderr.</summary>
    public static bool Wants(int output, ModelRecord record) => output == 0 || record.Chain != 1 || record.Stream == LogStream.Stdout;

    /// <summary>By container and its metadata, or by stream and date.</summary>
    public string PrefixOf(int output, ModelRecord record) => output == 0
        ? $"a/c{record.Chain}/v{Chains[record.Chain].Version}/"
        : $"b/{record.Stream}/{record.Number / 20}/";

    public OutputSettings Settings(int output)
    {
        if (!KeyTemplate.TryParse("x/", out var template, out var error))
        {
            throw new ModelException(error);
        }

        return new OutputSettings
        {
            Name = output == 0 ? "a" : "b",
            KeyPrefix = template,
            Node = "node-1",
            Compression = output == 0 ? Compression.Gzip : Compression.None,
            Batch = new() { MaxSize = MaxSize, MaxOpen = 3 },
            Buffer = Options.Drops && output == 1 ? new() { MaxSize = 24 * 1024, WhenFull = WhenFull.DropOldest } : new() { MaxSize = 64 * 1024 },
            Catalog = new() { Enabled = false },
            Shared = new() { MinFreeDisk = default },
        };
    }

    /// <summary>Every record is in the store exactly once.</summary>
    public void CheckOnce()
    {
        CheckOnce(0);
        CheckOnce(1);
    }

    /// <summary>Each stream is in order within every prefix.</summary>
    public void CheckOrder()
    {
        CheckOrder(0);
        CheckOrder(1);
    }

    private void CheckOnce(int output)
    {
        var stored = Stores[output].Records().Select(r => r.Record).ToList();
        var wanted = Chains.SelectMany(chain => chain.Records).Where(r => Wants(output, r)).Select(r => r.Name).ToList();
        var twice = stored.GroupBy(r => r, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        Require(twice is null, $"output {output} has {twice?.Key} {twice?.Count()} times");
        var missing = wanted.Except(stored, StringComparer.Ordinal).Except(Skipped[output], StringComparer.Ordinal).ToList();
        Require(stored.TrueForAll(wanted.Contains), $"output {output} has what nobody sent it");
        var mayMiss = Settings(output).Buffer.WhenFull == WhenFull.DropOldest ? Dropped[output] : 0;
        Require(missing.Count <= mayMiss, $"output {output} has not got {string.Join(", ", missing)}; {mayMiss} were dropped");
    }

    private void CheckOrder(int output)
    {
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (prefix, record) in Stores[output].Records())
        {
            var parts = record.Split('/');
            var stream = $"{prefix} {parts[0]} {parts[1]}";
            var number = int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture);
            Require(!last.TryGetValue(stream, out var before) || before < number, $"I9: {stream}: {number} stands behind {before}");
            last[stream] = number;
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ModelException(what);
        }
    }
}
