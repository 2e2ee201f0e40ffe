using Collector.Testing.Node;

namespace Collector.Torture.Pods;

/// <summary>Writes down, as a pod changes, what outputs have to do with the records of one of its streams.</summary>
internal sealed class StreamClaims(LedgerStream stream)
{
    private readonly Dictionary<string, ClaimRange> _open = [];

    // Of an output that does not want the stream now: since it last did.
    private readonly Dictionary<string, List<ClaimRange>> _unwanted = [];
    private bool _isLabelled;

    // From which record on the stream is as its pod wishes.
    private uint _settledFrom;

    /// <summary>Records from this one on, but none that is still to be written, are undecided.</summary>
    public void Open(string output, uint from)
    {
        Close(output);
        Add(output, Claim.Undecided, Math.Min(from, stream.Records));
    }

    /// <summary>Records that are still to be written are what the claim says.</summary>
    public void Settle(string output, Claim claim)
    {
        if (_open.TryGetValue(output, out ClaimRange? open) && open.Claim == claim) return;
        Close(output);
        if (claim == Claim.Wanted) return;
        Add(output, claim, stream.Records);
        if (!_unwanted.TryGetValue(output, out List<ClaimRange>? unwanted)) _unwanted[output] = unwanted = [];
        unwanted.Add(_open[output]);
    }

    /// <summary>The output wants the stream again.</summary>
    public void Return(string output, bool isDoubted)
    {
        if (!_unwanted.Remove(output, out List<ClaimRange>? unwanted) || !isDoubted) return;
        foreach (ClaimRange range in unwanted) range.Claim = Claim.Undecided;
    }

    /// <summary>The first record that the output wants and does not have.</summary>
    public uint FirstMissing(string output, Func<uint, bool> has)
    {
        List<ClaimRange> others = [.. stream.Claims.Where(c => c.Output == output)];
        uint record = 0;
        while (record < stream.Records)
        {
            if (others.Find(c => c.First <= record && record <= c.Last) is { } other) record = Math.Min(other.Last, stream.Records - 1) + 1;
            else if (has(record)) record++;
            else break;
        }

        return record;
    }

    public void SettleLabel() => (_settledFrom, _isLabelled) = (stream.Records, true);

    /// <summary>Records up to this one, not included, have had that label.</summary>
    public void EndLabel(uint end, string value)
    {
        end = Math.Min(end, stream.Records);
        if (_isLabelled && end > _settledFrom) stream.Labels.Add(new LabelRange(_settledFrom, end - 1, value));
        _isLabelled = false;
    }

    private void Add(string output, Claim claim, uint first)
    {
        var range = new ClaimRange(output, claim, first);
        stream.Claims.Add(range);
        _open[output] = range;
    }

    private void Close(string output)
    {
        if (!_open.Remove(output, out ClaimRange? open)) return;
        if (open.First >= stream.Records) stream.Claims.Remove(open);
        else open.Last = stream.Records - 1;
    }
}
