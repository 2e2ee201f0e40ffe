namespace Collector.Simulation.Oracle;

/// <summary>What one output has, against what was written.</summary>
internal sealed class OutputJudgement
{
    private const int Shown = 5;
    private readonly Ledger _ledger;
    private readonly int _output;
    private readonly List<StoredRecord> _stored;
    private readonly HashSet<WrittenRecord> _reachable;
    private readonly List<Finding> _findings;

    /// <summary>Prefixes of a file's records are of the time of reading: twice is not two prefixes.</summary>
    private readonly bool _isDated;

    private readonly ILookup<string, StoredRecord> _byText;
    private readonly ILookup<string, WrittenRecord> _written;
    private readonly ILookup<string, string> _pieces;

    public OutputJudgement(Ledger ledger, int output, bool isDated, List<StoredRecord> stored, HashSet<WrittenRecord> reachable, List<Finding> findings)
    {
        _isDated = isDated;
        (_ledger, _output, _stored, _reachable, _findings) = (ledger, output, stored, reachable, findings);
        _byText = stored.ToLookup(s => s.Text, StringComparer.Ordinal);

        // A run that was torn leaves its lines as records by themselves, and their texts may be those of others.
        _pieces = ledger.Records.Where(r => r.MayBeInPieces).SelectMany(r => r.Pieces).ToLookup(p => p, StringComparer.Ordinal);
        _written = ledger.Records.ToLookup(r => r.Text, StringComparer.Ordinal);
    }

    public int CountOf(string text) => _byText[text].Count();

    public void Run()
    {
        List<string> lost = [], twice = [], split = [];
        foreach (var records in _written)
        {
            var count = CountOf(records.Key);
            var least = records.Count(MustBeStored);
            var most = records.Sum(Most) + _pieces[records.Key].Count();
            if (count < least)
            {
                lost.Add($"{records.Key} ({count} of {least})");
            }
            else if (count > most)
            {
                var prefixes = _byText[records.Key].Select(s => s.Prefix).Distinct(StringComparer.Ordinal).ToList();
                (prefixes.Count > 1 && records.First().IsUnique && !_isDated ? split : twice).Add($"{records.Key} ({count} of {most}) in {string.Join(' ', prefixes)}");
            }
        }

        Tell(FailureKind.Lost, lost);
        Tell(FailureKind.Twice, twice);
        Tell(FailureKind.TwoPrefixes, split);
        Tell(FailureKind.Damaged, [.. _byText.Where(s => !IsKnown(s.Key)).Select(s => s.Key)]);
        CheckOrder();
    }

    private bool MustBeStored(WrittenRecord record) =>
        record.Claims[_output] == Claim.Wanted && !record.MayBeAnothers && (_reachable.Contains(record) || (record.GoneAt is not null && record.IsSecured));

    private int Most(WrittenRecord record) => (record.Claims[_output] == Claim.Skipped ? 0 : 1) + record.MoreAllowed;

    private bool IsKnown(string text) =>
        _written.Contains(text) || _ledger.HasDamage || _ledger.Records.Exists(r => r.MayBeInPieces && IsMadeOf(text, r));

    private static bool IsMadeOf(string text, WrittenRecord record) =>
        record.Text.Contains(text, StringComparison.Ordinal) || record.Pieces.Append(record.Text).Any(piece => text.Contains(piece, StringComparison.Ordinal));

    private void CheckOrder()
    {
        var last = new Dictionary<(string Prefix, string Group), WrittenRecord>();
        foreach (var stored in _stored)
        {
            if (_written[stored.Text].ToList() is not [{ IsUnique: true, MoreAllowed: 0, HasNoOrder: false, Group.Length: > 0 } record] || CountOf(stored.Text) != 1)
            {
                continue;
            }

            if (last.TryGetValue((stored.Prefix, record.Group), out var before) && before.Sequence > record.Sequence)
            {
                Tell(FailureKind.OutOfOrder, [$"{record.Text} behind {before.Text} in {stored.Prefix}"]);
                return;
            }

            last[(stored.Prefix, record.Group)] = record;
        }
    }

    private void Tell(FailureKind kind, List<string> what)
    {
        if (what.Count > 0)
        {
            _findings.Add(new Finding(kind, $"output{_output}: {what.Count}: {string.Join("; ", what.Take(Shown).Select(t => t.Length > 100 ? t[..30] + "…" + t[^30..] : t))}"));
        }
    }
}
