using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>One output in one life of the process: the reader of its complement, its buffer, its seal and upload loops.</summary>
internal sealed class ModelOutput : IDisposable
{
    private readonly ModelWorld _world;
    private readonly int _index;
    private readonly Books _books;
    private readonly TurnTally _tally = new();
    private readonly Sealer _sealer;
    private readonly List<Partition> _touched = [];
    private readonly int[] _settledVersions;

    public ModelOutput(ModelWorld world, int index, RecoveredOutput recovered, Books books)
    {
        _world = world;
        _index = index;
        _books = books;
        Coverage = recovered.Coverage;
        var settings = world.Settings(index);
        Buffer = new OutputBuffer(settings, recovered, books.Output(settings.Name), world.Clock, NullLogger.Instance);
        _sealer = new Sealer(Buffer, _ => throw new ModelException("a whole chunk was taken for damaged"), NullLogger.Instance);
        Uploads = new ModelUploads(Buffer, world.Stores[index]);
        _settledVersions = [.. world.Chains.Select(chain => chain.Version)];
    }

    public OutputBuffer Buffer { get; }

    public ModelUploads Uploads { get; }

    /// <summary>What is not to be read again.</summary>
    public CoverageMap Coverage { get; }

    public bool IsDone => Complement().Count == 0 && Buffer.Backlog.Count == 0 && Buffer.OpenChunks == 0 && !HasFiles;

    private bool HasFiles => Buffer.Directory.ListFiles().Any(name => FileNames.TryParse(name, out _, out _));

    public string WhatIsLeft =>
        $"{Complement().Count} lines, {Buffer.OpenChunks} open, {Buffer.Backlog.Count} in the backlog, {Uploads.InFlight} in flight, {string.Join(' ', Buffer.Directory.ListFiles())}";

    public bool SealNext() => _sealer.SealNext();

    /// <summary>One turn of the tail: reads what is not covered, in source order, and commits it.</summary>
    public void ReadTurn(int recordsPerChain, Random random)
    {
        if (Buffer.Space.IsFull && Buffer.Settings.Buffer.WhenFull == WhenFull.Block)
        {
            return;
        }

        var skipped = new CoverageMap();
        try
        {
            if (_world.Chains.All(chain => TryReadChain(chain, recordsPerChain, skipped)))
            {
                CommitAll(skipped, coverInFrame: random.Next(2) == 0);
            }
        }
        finally
        {
            _touched.ForEach(Release);
            _touched.Clear();
            _books.Commit(_tally);
        }
    }

    /// <summary>S-133: a pod was excluded, and is no more. What is there and nobody has is never wanted; what is pending stays so.</summary>
    public void EndExclusion(ModelChain chain)
    {
        var gaps = new CoverageMap();
        foreach (var record in chain.Lines.Take(chain.Written).Where(line => line.IsLast).Select(line => line.Record).Where(r => r.Lines.All(IsUncovered)))
        {
            Skip(record, gaps);
            _world.Skipped[_index].Add(record.Name);
        }

        if (gaps.Count > 0)
        {
            Buffer.Positions.Skip(SkipReason.ExclusionOver, gaps);
            Coverage.Add(gaps);
        }
    }

    /// <summary>The lines that are neither covered nor gone.</summary>
    public List<ModelLine> Complement() => [.. _world.Chains.SelectMany(chain => chain.Lines.Take(chain.Written).Where(IsUncovered))];

    /// <summary>What recovery says about a generation must fit the generation.</summary>
    public void CheckCoverage()
    {
        foreach (var entry in Coverage.Entries)
        {
            var generation = _world.Chains.SelectMany(chain => chain.Generations).Single(g => g.Id == entry.Identity.Id);
            var end = (int)entry.Intervals.End;
            Require(entry.Identity.Fingerprint.Compare(generation.Content) >= 0, "the fingerprint does not match");
            Require(entry.Intervals.IsEmpty || entry.Guard == ResumeGuard.Of(generation.Content[..end]), $"the guard at {end} does not match");
            Require(entry.SeenSize <= generation.Visible, "the size seen was never there");
        }
    }

    public void Dispose()
    {
        Uploads.Dispose();
        Buffer.Dispose();
    }

    private bool IsUncovered(ModelLine line) =>
        !line.Generation.IsGone && Coverage.Find(line.Generation.Id)?.Intervals.Contains(line.From, line.To) != true;

    /// <summary>False when a batch was not taken: then the output gets nothing more in this turn.</summary>
    private bool TryReadChain(ModelChain chain, int records, CoverageMap skipped)
    {
        Settle(chain);
        var pending = new Dictionary<LogStream, List<ModelLine>>();
        foreach (var line in chain.Lines.Take(chain.Written).Where(IsUncovered))
        {
            var lines = pending.GetValueOrDefault(line.Record.Stream) ?? (pending[line.Record.Stream] = []);
            lines.Add(line);
            if (!line.IsLast)
            {
                continue;
            }

            Require(lines.SequenceEqual(line.Record.Lines), $"I1: a part of {line.Record.Name} is covered without the rest");
            lines.Clear();
            if (!ModelWorld.Wants(_index, line.Record))
            {
                Skip(line.Record, skipped);
            }
            else if (!TryAppend(line.Record))
            {
                return false;
            }

            if (--records == 0)
            {
                break;
            }
        }

        return true;
    }

    /// <summary>What went to the partition of the older metadata is made durable before anything is committed to the newer.</summary>
    private void Settle(ModelChain chain)
    {
        if (_index == 0 && _settledVersions[chain.Index] != chain.Version)
        {
            OutputBuffer.SyncBefore(Buffer.GetPartition($"a/c{chain.Index}/v{chain.Version}/"));
            _settledVersions[chain.Index] = chain.Version;
        }
    }

    private bool TryAppend(ModelRecord record)
    {
        var partition = Buffer.GetPartition(_world.PrefixOf(_index, record));
        var bytes = record.Encoded;
        if (partition.Batch is { } full && full.BodyLength + bytes.Length > ModelWorld.MaxSize && !TryCommit(partition))
        {
            return false;
        }

        if (partition.Batch is null)
        {
            partition.Batch = new Batch();
            _touched.Add(partition);
        }

        partition.Batch.Bytes.Append(bytes);
        partition.Batch.EndRecord(System.Text.Encoding.UTF8.GetBytes(record.Time));
        foreach (var line in record.Lines)
        {
            partition.Batch.Cover(line.Generation.Identity, line.From, line.To);
        }

        return true;
    }

    private static void Skip(ModelRecord record, CoverageMap skipped)
    {
        foreach (var line in record.Lines)
        {
            var before = line.Generation.Content[..(int)line.To];
            skipped.GetOrAdd(line.Generation.Identity).Add(line.From, line.To, ResumeGuard.Of(before));
        }
    }

    private void CommitAll(CoverageMap skipped, bool coverInFrame)
    {
        if (coverInFrame && _touched is [var first, ..] && first.Batch is { Records: > 0 } batch)
        {
            foreach (var entry in skipped.Entries)
            {
                foreach (var interval in entry.Intervals.Items)
                {
                    batch.Cover(entry.Identity, interval.From, interval.To);
                }
            }
        }
        else if (skipped.Count > 0)
        {
            Buffer.Positions.Skip(SkipReason.ExcludedStream, skipped);
            Coverage.Add(skipped);
        }

        foreach (var partition in _touched)
        {
            if (partition.Batch!.Records > 0 && !TryCommit(partition))
            {
                return;
            }
        }
    }

    private bool TryCommit(Partition partition)
    {
        var batch = partition.Batch!;
        foreach (ref var run in batch.Runs)
        {
            var id = run.Identity.Id;
            var generation = _world.Chains.SelectMany(chain => chain.Generations).Single(g => g.Id == id);
            run.Guard = ResumeGuard.Of(generation.Content[..(int)run.To]);
            run.SeenSize = generation.Visible;
        }

        var coverage = batch.ToCoverage();
        var result = Buffer.Commit(partition, coverage, out var grown);
        if (result != CommitResult.Committed)
        {
            return false;
        }

        Coverage.Add(coverage);
        _tally.GetOrAdd(Buffer.Book).Records += batch.Records;
        _tally.GetOrAdd(Buffer.Book).Bytes += grown;
        batch.Reset();
        return true;
    }

    private static void Release(Partition partition)
    {
        partition.Batch!.Dispose();
        partition.Batch = null;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ModelException(what);
        }
    }
}
