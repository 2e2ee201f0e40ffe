using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Torture.Pods;

/// <summary>
/// A pod whose labels and annotations change while it logs, and what the ledger is told of that. Beside <see cref="Wish"/>
/// everything is for the thread that runs the node, or while it stands still.
/// </summary>
internal sealed class ChangingPod
{
    private readonly PodReports _reports;
    private readonly Dictionary<(LedgerWriter Writer, RuntimeStream Stream), StreamClaims> _streams = [];

    public ChangingPod(NodeSimulator node, int index, int containers, PodWish wish)
    {
        string uid = $"cccccccc-0000-4000-a000-{index:d12}";
        Containers = [.. Enumerable.Range(0, containers).Select(c => node.AddApart(new ContainerIdentity("changing", $"chameleon-{index}", uid, $"c{c}")))];
        _reports = node.Reports!;
        Wish = wish;
        foreach (SimulatedContainer container in Containers)
        {
            container.Writer.IsChanging = true;
            foreach (RuntimeStream stream in Enum.GetValues<RuntimeStream>())
            {
                var claims = new StreamClaims(container.Writer[stream]);
                _streams[(container.Writer, stream)] = claims;
                foreach (string output in Outputs.OfPods) claims.Settle(output, wish.ClaimOf(output));
                claims.SettleLabel();
            }
        }

        _reports.Change(Identity, wish.Labels, wish.Annotations);
    }

    public IReadOnlyList<SimulatedContainer> Containers { get; }

    public ContainerIdentity Identity => Containers[0].Identity;

    public PodWish Wish { get; private set; }

    /// <summary>A change is on its way.</summary>
    public bool IsChanging { get; private set; }

    public IEnumerable<(LedgerWriter Writer, RuntimeStream Stream)> Streams => _streams.Keys;

    /// <summary>The first record that the output wants and does not have: what comes behind it may have been read in any order of changes.</summary>
    public uint FirstMissing(string output, LedgerWriter writer, RuntimeStream stream, Func<uint, bool> has) => _streams[(writer, stream)].FirstMissing(output, has);

    public void Pause()
    {
        foreach (SimulatedContainer container in Containers)
        {
            container.FinishPending();
            container.Pace = WritingPace.Silent;
        }
    }

    /// <summary>Tells the API, and the ledger that what is written from now on may be taken either way.</summary>
    /// <param name="readTo">Up to which record an output has surely read a stream.</param>
    public void Begin(PodWish next, Func<string, LedgerWriter, RuntimeStream, uint> readTo)
    {
        IsChanging = true;
        foreach (SimulatedContainer container in Containers)
        {
            container.FinishPending();
            container.Pace = WritingPace.Whole;
        }

        foreach (((LedgerWriter writer, RuntimeStream stream), StreamClaims claims) in _streams)
        {
            uint labelled = uint.MaxValue;
            foreach (string output in Outputs.OfPods)
            {
                Claim was = Wish.ClaimOf(output), will = next.ClaimOf(output);
                if (was == Claim.Wanted) labelled = Math.Min(labelled, readTo(output, writer, stream));
                if (was != Claim.Wanted && will != Claim.Wanted) claims.Settle(output, will);
                else if (was != will) claims.Open(output, was == Claim.Wanted ? readTo(output, writer, stream) : uint.MaxValue);
            }

            claims.EndLabel(labelled, Wish.Color);
        }

        Wish = next;
        _reports.Change(Identity, next.Labels, next.Annotations);
    }

    /// <summary>From now on every line has one right place.</summary>
    /// <param name="isDoubted">The collector that took the pod back may not have known that it had been left out.</param>
    public void Settle(bool isDoubted)
    {
        foreach (StreamClaims claims in _streams.Values)
        {
            foreach (string output in Outputs.OfPods)
            {
                Return(claims, output, isDoubted);
                claims.Settle(output, Wish.ClaimOf(output));
            }

            claims.SettleLabel();
        }

        foreach (SimulatedContainer container in Containers) container.Pace = WritingPace.Usual;
        IsChanging = false;
    }

    /// <summary>The run is over: what is settled now was so to the last record, and what is not is doubted.</summary>
    public void End()
    {
        foreach (StreamClaims claims in _streams.Values)
        {
            if (!IsChanging) claims.EndLabel(uint.MaxValue, Wish.Color);
            else Array.ForEach(Outputs.OfPods, o => Return(claims, o, isDoubted: true));
        }
    }
    private void Return(StreamClaims claims, string output, bool isDoubted)
    {
        if (Wish.ClaimOf(output) == Claim.Wanted) claims.Return(output, isDoubted);
    }
}
