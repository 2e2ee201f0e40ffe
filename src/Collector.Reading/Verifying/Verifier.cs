using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Collector.ObjectStores;
using Collector.Pipeline.Storage;
using Collector.Reading.Catalog;
using Collector.Reading.Layout;

namespace Collector.Reading.Verifying;

/// <summary>
/// Compares the catalogs of a place with the objects that are there (VERIFY.md). Used once; not thread safe. Trouble with the store
/// is a <see cref="StoreReadException"/>.
/// </summary>
/// <param name="reader">Not disposed here.</param>
/// <param name="layout">The layout of the keys.</param>
/// <param name="findings">Receives progress, and foreign keys.</param>
public sealed class Verifier(IObjectReader reader, KeyLayout layout, Findings findings)
{
    /// <summary>Parallel requests.</summary>
    private const int AtOnce = 16;

    /// <summary>Reasons, logs and prefixes, each held once.</summary>
    private readonly Dictionary<string, string> _strings = new(StringComparer.Ordinal);

    /// <summary>By node, instance and output.</summary>
    private readonly Dictionary<(string Node, string Instance, string Output), CatalogChain> _chains = [];

    /// <summary>Hashes of catalog objects that another instance of the node may call its previous one.</summary>
    private readonly Dictionary<(string Node, string Output), Queue<string>> _recent = [];

    /// <summary>Damaged catalog objects, by node and instance.</summary>
    private readonly Dictionary<(string Node, string Instance), long> _altered = [];

    private readonly Dictionary<(string Node, string Output, ulong Generation), SourceBytes> _sources = [];

    /// <summary>Listed keys, by a hash that nobody can aim at, with the lengths of their objects: some 40 bytes each.</summary>
    private readonly Dictionary<UInt128, long> _told = [];

    /// <summary>In place of a length: the object need not exist, or was seen.</summary>
    private const long Settled = -1;

    private readonly ConcurrentDictionary<(HoleKind Kind, string Key), Hole> _holes = new();

    private readonly VerifyReport _report = new();

    /// <param name="since">Only what was listed on this day or later; null: all.</param>
    /// <param name="isQuick">Bodies are not read: only lengths are compared.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<VerifyReport> RunAsync(DateTimeOffset? since, bool isQuick, CancellationToken cancellation)
    {
        await foreach (var found in CatalogsAsync(since, cancellation).ConfigureAwait(false))
        {
            if (found.Head is null)
            {
                _altered[(found.Name.Node, found.Name.Instance)] = AlteredOf(found.Name) + 1;
                Find(HoleKind.CatalogAltered, found.Name.Node, found.Key, $"{found.Key} is not the catalog object that was stored: {found.Damage}. The objects that it lists cannot be verified. Restore it from a version or a copy of the bucket.");
                continue;
            }

            if (Link(found, since) is not { } chain)
                continue;
            foreach (var entry in found.Entries)
                CheckEntry(entry, found, chain);
            if (!isQuick)
                await CompareAsync(found.Entries, chain, cancellation).ConfigureAwait(false);
            Garbage.CollectIfDue();
        }

        await ListAsync(isQuick, cancellation).ConfigureAwait(false);
        if (isQuick && _told.Values.Any(length => length != Settled))
            await NameMissingAsync(since, cancellation).ConfigureAwait(false);
        foreach (var ((node, output, generation), source) in _sources)
        {
            foreach (var (bytes, chain) in source.Missing())
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{source.Log} {generation:x16} {bytes.From}-{bytes.To}");
                Find(HoleKind.BytesMissing, chain.Node, key, $"Bytes {bytes.From} to {bytes.To} of a file of {source.Log} (generation {generation:x16}) are missing: no object of output {output} of node {node} has them, and no catalog line gives a reason. See collector_bytes_lost_total and the log of the agent there.");
            }
        }

        _report.Chains.AddRange(_chains.Values.OrderBy(chain => (chain.Node, chain.Head.Output, chain.Head.Instance)));
        _report.Holes.AddRange(_holes.Values.OrderBy(hole => hole.Kind).ThenBy(hole => hole.Key, StringComparer.Ordinal));
        return _report;
    }

    private IAsyncEnumerable<CatalogObject> CatalogsAsync(DateTimeOffset? since, CancellationToken cancellation) =>
        CatalogObject.ReadAllAsync(reader, layout.CatalogPrefix, since?.UtcDateTime.Date, findings.AddForeign, cancellation);

    private long AlteredOf(ObjectName name) => _altered.GetValueOrDefault((name.Node, name.Instance));

    /// <summary>
    /// Finds the chain of a catalog object; null: the object is one too many. An object that does not follow the one before it is a
    /// break, and mostly a hole.
    /// </summary>
    private CatalogChain? Link(CatalogObject found, DateTimeOffset? since)
    {
        var (head, node, altered) = (found.Head!, found.Name.Node, AlteredOf(found.Name));
        var recent = _recent.TryGetValue((node, head.Output), out var some) ? some : _recent[(node, head.Output)] = new Queue<string>();
        var isNew = !_chains.TryGetValue((node, head.Instance, head.Output), out var chain);
        chain ??= _chains[(node, head.Instance, head.Output)] = new CatalogChain(head, node);

        var follows = isNew
            ? head.Previous is null || recent.Contains(head.Previous)
            : head.Previous == chain.LastSha256 && head.Number == chain.Head.Number + 1;
        if (follows)
        {
            // Nothing is wrong.
        }
        else if (!isNew && head.Number <= chain.Head.Number)
        {
            Find(HoleKind.CatalogAdded, node, found.Key, $"{found.Key} is a second catalog object {head.Number} of node {head.Node}. One of the two was copied there: compare them, and remove the copy.");
            return null;
        }
        else if (isNew ? altered > 0 || since is not null : chain.HasGapOfAltered(altered))
        {
            // A damaged object stands between them, and is reported; or it is out of range.
        }
        else if (!isNew && head.Number == chain.Head.Number + 1 && head.Previous is not null)
        {
            Find(HoleKind.CatalogAltered, node, chain.LastKey, $"{chain.LastKey} is not the catalog object that was stored: the next one, {found.Key}, has the checksum of a different object. The objects that it lists cannot be verified. Restore it from a version or a copy of the bucket.");
        }
        else
        {
            var missing = isNew ? $"before {head.Number}" : $"{chain.Head.Number + 1} to {head.Number - 1}";
            Find(HoleKind.CatalogMissing, node, found.Key, $"Catalog objects {missing} of node {head.Node} are missing: {found.Key} refers to one of them. Restore them from a version or a copy of the bucket; if a lifecycle rule has deleted old objects, give --since.");
        }

        chain.Append(found, !follows, altered);
        recent.Enqueue(found.Sha256);
        if (recent.Count > 64)
            recent.Dequeue();
        return chain;
    }

    /// <summary>The keys and source bytes of a line.</summary>
    private void CheckEntry(CatalogEntry entry, CatalogObject catalog, CatalogChain chain)
    {
        if (entry.Key.Length > 0)
            _told[HashOf(entry.Key)] = entry.Kind == CatalogEntryKind.Stored ? entry.StoredBytes : Settled;
        foreach (var source in entry.Sources)
        {
            var id = (catalog.Head!.Node, catalog.Head.Output, source.Generation);
            if (!_sources.TryGetValue(id, out var bytes))
                _sources.Add(id, bytes = new SourceBytes(Once(source.Log)));
            if (entry.Kind == CatalogEntryKind.Stored)
                CheckStored(source, bytes);
            else
                bytes.Explain(source.Intervals);
        }

        void CheckStored(CatalogSource source, SourceBytes bytes)
        {
            var seq = ObjectName.Find(entry.Key)?.Seq ?? 0;
            var prefix = Once(entry.Key[..(entry.Key.LastIndexOf('/') + 1)]);
            if (bytes.StandsBehind(source.Intervals, prefix, seq))
                Find(HoleKind.OutOfOrder, chain.Node, entry.Key, $"{entry.Key} has bytes of a file of {bytes.Log} that come before the bytes of an earlier object, so lines are not in the order in which they were written. Look for a damaged chunk in the agent's log.");
            var told = new SourceBytes.Told(catalog.Name.Seq, catalog.Name.OpenedAt);
            foreach (var (from, to) in source.Intervals)
            {
                if (!bytes.TryAdd(new SourceBytes.Run(from, to, prefix, seq, seq, told, told, chain)))
                    Find(HoleKind.BytesTwice, chain.Node, entry.Key, $"{entry.Key} has bytes {from} to {to} of a file of {bytes.Log}, and another object has some of them too: lines are stored twice. Report this as a bug of the collector, with both objects.");
            }
        }
    }

    private Task CompareAsync(IEnumerable<CatalogEntry> entries, CatalogChain chain, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            entries.Where(entry => entry.Kind == CatalogEntryKind.Stored),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (entry, stop) =>
            {
                try
                {
                    if (await CompareAsync(entry, stop).ConfigureAwait(false) is { } how)
                        Alter(entry.Key, chain.Node, how);
                }
                catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
                {
                    Miss(entry, chain.Node);
                }

                findings.AddRead();
            });

    /// <summary>How the stored bytes differ; null: they do not.</summary>
    private async Task<string?> CompareAsync(CatalogEntry entry, CancellationToken cancellation)
    {
        await using var body = await reader.OpenAsync(entry.Key, 0, cancellation).ConfigureAwait(false);
        using var sha256 = entry.Sha256 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[64 * 1024];
        var (length, crc) = (0L, 0u);
        for (int got; (got = body.Read(block)) > 0; length += got)
        {
            sha256?.AppendData(block, 0, got);
            crc = Crc32C.Append(crc, block.AsSpan(0, got));
        }

        return length != entry.StoredBytes ? $"it has {length} bytes, but {entry.StoredBytes} were stored"
            : entry.Crc32C is { } wanted && wanted != crc.ToString("x8", CultureInfo.InvariantCulture) ? "its CRC32C is another"
            : sha256 is not null && Convert.ToHexStringLower(sha256.GetHashAndReset()) != entry.Sha256 ? "its SHA-256 is another"
            : null;
    }

    /// <summary>Lists all objects, to find unlisted ones; in a quick run also to find missing ones.</summary>
    private async Task ListAsync(bool isQuick, CancellationToken cancellation)
    {
        var chains = _chains.ToLookup(chain => (chain.Key.Node, chain.Key.Instance), chain => chain.Value);
        await foreach (var page in reader.PagesAsync(new ObjectQuery(layout.Root), cancellation).ConfigureAwait(false))
        {
            foreach (var stored in page.Objects.Where(stored => !stored.Key.StartsWith(layout.CatalogPrefix, StringComparison.Ordinal)))
            {
                if (ObjectName.Find(stored.Key) is not { } name)
                    findings.AddForeign(stored.Key);
                else if (!_told.TryGetValue(HashOf(stored.Key), out var length))
                    Judge(stored, name, chains[(name.Node, name.Instance)]);
                else if (isQuick && length != Settled)
                    Compare(stored, name, length);
            }
        }

        void Compare(StoredObject stored, ObjectName name, long length)
        {
            _told[HashOf(stored.Key)] = Settled;
            if (stored.Length != length)
                Alter(stored.Key, name.Node, $"it has {stored.Length} bytes, but {length} were stored");
        }
    }

    private void Judge(StoredObject stored, ObjectName name, IEnumerable<CatalogChain> chains)
    {
        // Outputs share their numbers: it may be another's.
        var judged = chains.Select(chain => chain.Judge(name.Seq)).DefaultIfEmpty(Untold.Unsaid).Max();
        if (judged == Untold.Added)
            Find(HoleKind.ObjectAdded, name.Node, stored.Key, $"{stored.Key} is in no catalog, though the catalogs of its node list every object that was sent: it was copied there, or its lines are in two objects. Compare it with the objects next to it, and remove it if they have its lines.");
        else if (judged == Untold.Waiting)
            _report.Waiting.Add(stored);
        else
            _report.Unsaid.Add(stored);
    }

    /// <summary>For objects that a quick run did not find only hashes are known; the catalogs have their names.</summary>
    private async Task NameMissingAsync(DateTimeOffset? since, CancellationToken cancellation)
    {
        await foreach (var found in CatalogsAsync(since, cancellation).ConfigureAwait(false))
        {
            foreach (var entry in found.Entries.Where(entry => entry.Kind == CatalogEntryKind.Stored && _told.GetValueOrDefault(HashOf(entry.Key), Settled) != Settled))
                Miss(entry, found.Name.Node);
        }
    }

    private void Alter(string key, string node, string how) =>
        Find(HoleKind.ObjectAltered, node, key, $"{key} is not the object that was stored: {how}. Restore it from a version or a copy of the bucket.");

    private void Miss(CatalogEntry entry, string node) =>
        Find(HoleKind.ObjectMissing, node, entry.Key, $"{entry.Key} is missing: it held {entry.Records} records from {entry.FirstTime} to {entry.LastTime}. Restore it from a version or a copy of the bucket; if a lifecycle rule has deleted old objects, give --since.");

    private void Find(HoleKind kind, string node, string key, string says) => _holes.TryAdd((kind, key), new Hole(kind, node, key, says));

    private string Once(string text) => _strings.TryGetValue(text, out var known) ? known : _strings[text] = text;

    private static UInt128 HashOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
