namespace Collector.Simulation.Oracle;

/// <summary>Copies that are files of their own: after a minute beside a whole original, under a name that is taken.</summary>
internal sealed class OwnFiles(Ledger ledger)
{
    private static readonly TimeSpan SurelyItsOwn = TimeSpan.FromSeconds(90);

    /// <summary>True when it is no question any more.</summary>
    public bool TryDecide(Content copy)
    {
        var claim = ledger.ClaimOf(copy.Inode);
        if (claim < NameClaim.Taken)
        {
            return claim == NameClaim.Nobodys && !copy.IsProven;
        }

        if (ledger.Uptime - copy.CopiedAt < SurelyItsOwn)
        {
            return false;
        }

        Make(copy, ledger.Uptime);
        return true;
    }

    public void Make(Content copy, TimeSpan since)
    {
        (copy.CopyOf, copy.IsDoubted) = (null, false);
        copy.Replace(record =>
        {
            var wasDoubted = copy.Trust(record);
            if (record.IsSpread)
            {
                ledger.MayBeInPieces(record);
            }

            var again = record.Again(since, ledger.IsContainers(record) ? ledger.ClaimsAgain(record) : copy.PassedOver is { } claim ? [claim, claim] : [Claim.Wanted, Claim.Wanted]);
            if (wasDoubted)
            {
                Array.Fill(again.Claims, Claim.Maybe);
            }

            ledger.Records.Add(again);
            return again;
        });
    }
}
