using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tailing;
using Collector.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>One output of a <see cref="TailHarness"/>: its buffer, and in place of a store the bodies that left it.</summary>
internal sealed class HarnessOutput
{
    private readonly Sealer _sealer;

    public HarnessOutput(
        int index, OutputSettings settings, RecoveredOutput recovered, Books books, ManualClock clock, Func<string, RecordIdentity, bool> match, Random random, List<(string Prefix, byte[] Body)> uploaded)
    {
        Buffer = new OutputBuffer(settings, recovered, books.Output(settings.Name), clock, NullLogger.Instance, random);
        Output = new Output(index, Buffer, match);
        Uploaded = uploaded;
        _sealer = new Sealer(Buffer, coverage => Worker!().TryUncover(Output, coverage, evenIfGone: true), NullLogger.Instance);
    }

    public OutputBuffer Buffer { get; }

    public Output Output { get; }

    public required Func<TailWorker> Worker { get; init; }

    /// <summary>Bodies in the order of their keys.</summary>
    public List<(string Prefix, byte[] Body)> Uploaded { get; }

    public static OutputSettings Defaults(int index)
    {
        Assert.True(KeyTemplate.TryParse("""{.kubernetes.namespace_name||"none"}.{.kubernetes.pod_name||"none"}.{.kubernetes.container_name||"none"}/""", out var prefix, out _));
        return new OutputSettings
        {
            Name = $"output{index}",
            KeyPrefix = prefix,
            Node = "node",
            Compression = Compression.None,
            Catalog = new() { Prefix = "_catalog/" },
            Shared = new() { MinFreeDisk = default },
        };
    }

    public void Seal()
    {
        Buffer.CloseAll();
        while (_sealer.SealNext())
        {
        }
    }

    /// <summary>Stores everything that is sealed, as the uploader does, and frees its space.</summary>
    public void Upload()
    {
        Seal();
        while (Buffer.Backlog.TakeForUpload() is { } item)
        {
            var (header, body) = Read(item.FileName);
            Uploaded.Add((header.Prefix, body));
            Buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage);
            ObjectFile.Remove(Buffer.Directory, item.FileName, header.FromReserve);
            Buffer.Space.Add(-item.FileBytes);
            Buffer.Backlog.Remove(item);
            Buffer.Book.Uploaded(item.Records, item.FileBytes, header.BodyLength);
        }
    }

    /// <summary>What was uploaded, and what is sealed now.</summary>
    public StoredRecords Stored() => StoredRecords.Parse(Bodies());

    public List<(string Prefix, byte[] Body)> Bodies()
    {
        Seal();
        var bodies = Uploaded.ToList();
        foreach (var name in Buffer.Directory.ListFiles().Where(n => FileNames.TryParse(n, out _, out var state) && state is FileState.Object or FileState.Attempted).Order(StringComparer.Ordinal))
        {
            var (header, body) = Read(name);
            bodies.Add((header.Prefix, body));
        }

        return bodies;
    }

    /// <summary>Of the sealed objects that wait.</summary>
    public List<ObjectHeader> Headers()
    {
        Seal();
        return [.. Buffer.Directory.ListFiles().Where(n => FileNames.TryParse(n, out _, out var state) && state == FileState.Object).Order(StringComparer.Ordinal).Select(n => Read(n).Header)];
    }

    private (ObjectHeader Header, byte[] Body) Read(string name)
    {
        using var file = Buffer.Directory.Open(name);
        var header = ObjectHeader.Read(file, name)!;
        var body = new byte[header.BodyLength];
        using var stream = SealedBody.Open(file, header, leaveOpen: true);
        stream.ReadExactly(body);
        return (header, body);
    }
}
