using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>
/// Which file's content is another's (design R2). A copy beside its whole original is a file of its own after a minute, if its
/// name is taken; when the original loses its bytes sooner, the copy is what is left of it. Where the collector cannot know,
/// both are right.
/// </summary>
internal sealed class Copies(Ledger ledger)
{
    /// <summary>A copy is undecided for a minute; around it, both is right.</summary>
    private static readonly TimeSpan SurelyACopy = TimeSpan.FromSeconds(45);

    private readonly OwnFiles _own = new(ledger);

    public void Copied(SimulatedInode from, SimulatedInode to)
    {
        var (original, copy) = (ledger.Of(from), ledger.Of(to));
        Settle(original);
        copy.Share(original);
        (copy.CopyOf, copy.CopiedAt) = (original, ledger.Uptime);
        if (original.WasCopied)
        {
            // Copies of one file are equal to one another, too: the second may be taken for the first, made anew.
            copy.Doubt();
        }

        (original.WasCopied, copy.WasCopied) = (true, true);
        TearSpread(copy);
        if (original.IsDoubted)
        {
            copy.Doubt();
        }
    }

    /// <summary>A form of the same content under another inode, whose original goes at once: no file of its own.</summary>
    /// <param name="from">The file that goes.</param>
    /// <param name="to">The file that is there instead.</param>
    /// <param name="isLikeLive">Nothing but its name tells whether its writer has made it anew.</param>
    public void Became(SimulatedInode from, SimulatedInode to, bool isLikeLive = false)
    {
        var (original, other) = (ledger.Of(from), ledger.Of(to));
        if (isLikeLive)
        {
            Settle(original);
        }
        else if (original.CopyOf is not null)
        {
            _own.TryDecide(original);
        }

        foreach (var record in original.Records)
        {
            record.IsSecured |= ledger.Reading.IsRead(original, record);
        }

        other.Share(original);
        other.WasCopied = original.WasCopied;
        other.IsProven = ledger.Reading.IsProven(original);
        if (isLikeLive)
        {
            other.Doubt();
            TearSpread(other);
            ledger.Losses.MayBeCounted();
        }
        else
        {
            other.TakeDoubts(original);
        }

        (other.CopyOf, other.CopiedAt) = (original.CopyOf, original.CopiedAt);

        // What a look opens and does not take, because its name goes meanwhile, it closes.
        var isOpenForALook = ledger.Reading.IsOpenForThisTurn(from) && !original.IsProven && original.OpenedAt == ledger.Uptime;
        (other.OpenedAt, other.IsNewest) = (isOpenForALook ? null : original.OpenedAt, original.IsNewest);
        original.IsContinued = true;
        if (ledger.IsUp && from.OpenHandles > 0 && !ledger.Reading.IsProven(original))
        {
            // Its descriptor is all that the collector has of it, and it has not looked at what is in it now.
            other.Doubt();
        }

        if (original.IsDamaged)
        {
            // What cannot be read cannot be compared: under another inode it is another file.
            other.IsDamaged = true;
            other.DoubtAll();
        }

        other.MayBePassedOver();
        other.IsKnownByBytesAlone = original.IsKnownByBytesAlone || to.BirthTime < from.BirthTime;
        if (other.IsKnownByBytesAlone && Of(original).Count > 0)
        {
            // A younger copy, although it has less, looks more like the original.
            (other.IsProven, other.OpenedAt) = (false, null);
        }

        foreach (var copy in Of(original))
        {
            // Several forms of one content: which of them is the original's is anybody's guess.
            copy.Doubt();
            copy.CopyOf = other;
        }
    }

    /// <summary>Equal content that is new by its live name (S-37, S-39), once the collector has looked at it there.</summary>
    public void WrittenAgain(SimulatedInode from, SimulatedInode to)
    {
        var (original, content) = (ledger.Of(from), ledger.Of(to));
        Settle(original);
        content.Share(original);

        // A copy of it is one of what is gone, too, as far as bytes tell (R2).
        (content.IsAgain, content.WasCopied) = (true, true);
        TearSpread(content);
    }

    /// <summary>The original of a copy has grown: from now on both readings are right.</summary>
    public void GoesOn(SimulatedInode inode)
    {
        foreach (var copy in Of(ledger.Of(inode)))
        {
            if (!_own.TryDecide(copy))
            {
                copy.Doubt();
            }
        }
    }

    /// <summary>Its bytes are gone, or nothing leads to them any more.</summary>
    public void OriginalGoes(Content original, bool isTruncated)
    {
        var copies = Of(original);
        original.IsContinued |= copies.Exists(c => ledger.ClaimOf(c.Inode) != NameClaim.Own);
        foreach (var copy in copies)
        {
            var time = ledger.Uptime - copy.CopiedAt;
            var claim = ledger.ClaimOf(copy.Inode);
            if (copy.Inode.BirthTime < original.Inode.BirthTime || copy.BornIn != ledger.Epoch())
            {
                // The wall clock was set back in between: which file the original is now is not durable, and the copy may seem to be
                // younger than the loss of its original (Following/DESIGN.md).
                copy.Doubt();
            }

            // Jobs begin alike: the copy of a log that was deleted, not truncated, may be a log of its own in a directory of its own.
            var isApart = !isTruncated && ledger.DirectoryOf(copy.Inode) != ledger.DirectoryOf(original.Inode);
            if (claim == NameClaim.Own || isApart || WereFoundTogether(copy, original) || (claim == NameClaim.Nobodys && !ledger.IsUp))
            {
                copy.Doubt();
            }
            else if (!_own.TryDecide(copy) && (copies.Count > 1 || time + copy.UnwellSinceCopied > SurelyACopy || (time > TimeSpan.Zero && !ledger.Reading.IsProven(original))))
            {
                copy.Doubt();
            }

            if (!ledger.Reading.IsProven(original))
            {
                // A name that a person gave tells no order.
                copy.LoseOrder();
            }

            if (copy.CopyOf is not null)
            {
                copy.MayBePassedOver();
            }

            // A copy is looked for where what was read is lost, and known by that (R2).
            var isKnown = ledger.Reading.IsProven(original) && !(original.ShortenedAt is { } at && ledger.Uptime - at < Reading.Enough);
            copy.IsProven |= copy.CopyOf is not null && isKnown;
            copy.IsLeftOfTruncated = isTruncated;
            copy.CopyOf = null;
        }
    }

    /// <summary>What is left of it is a file that begins as its copies do: no copy of them, and none of them its copy.</summary>
    public void DoubtAll(Content original) => Of(original).ForEach(c => c.Doubt());

    /// <summary>Something is about to happen to a file of equal content: whether the collector has looked at it under its live name is decided by now.</summary>
    public void Settle(Content content)
    {
        if (content.CopyOf is not null && !_own.TryDecide(content))
        {
            content.Doubt();
        }

        if (!content.IsAgain)
        {
            return;
        }

        content.IsAgain = false;
        if (ledger.Reading.IsProven(content) || (content.OpenedAt is { } opened && ledger.IsUp && ledger.Uptime - opened >= Reading.Enough))
        {
            _own.Make(content, content.OpenedAt ?? ledger.Uptime);
        }
        else
        {
            content.Doubt();
        }
    }

    /// <summary>A file gets another name.</summary>
    public void Renamed(SimulatedInode inode, bool isLive)
    {
        if (ledger.Find(inode) is not { } content)
        {
            return;
        }

        Settle(content);
        if (isLive && content.IsShared && (content.LookedAt is null || !ledger.Reading.IsProven(content)))
        {
            content.Doubt();
        }
    }

    /// <summary>Other names are taken from now on, or the run ends: copies that are still undecided.</summary>
    public void DecideAll()
    {
        foreach (var copy in ledger.Contents.Where(c => c.CopyOf is not null || c.IsAgain).ToList())
        {
            Settle(copy);
            if (copy.CopyOf is not null && !_own.TryDecide(copy))
            {
                copy.Doubt();
            }
        }
    }

    /// <summary>The next life begins to doubt anew.</summary>
    public void LifeEnded()
    {
        foreach (var copy in ledger.Contents.Where(c => c.CopyOf is not null).ToList())
        {
            if (!_own.TryDecide(copy))
            {
                if (ledger.Uptime - copy.CopiedAt + copy.UnwellSinceCopied > SurelyACopy || WereFoundTogether(copy, copy.CopyOf!))
                {
                    // What this life took them for may be durable.
                    copy.Doubt();
                }

                (copy.CopiedAt, copy.UnwellSinceCopied) = (ledger.Uptime, TimeSpan.Zero);
            }
        }
    }

    /// <summary>Of two files that it found at once, neither known, the collector cannot tell which is the original.</summary>
    private static bool WereFoundTogether(Content copy, Content original) =>
        (original.OpenedAt is { } opened && copy.OpenedAt == opened) || (original.LookedAt is { } looked && copy.LookedAt == looked);

    private List<Content> Of(Content original) => [.. ledger.Contents.Where(c => c.CopyOf == original)];

    /// <summary>Of a record that was begun in another file a copy has the end alone.</summary>
    private void TearSpread(Content copy)
    {
        foreach (var record in copy.Records.Where(r => r.IsSpread))
        {
            ledger.MayBeInPieces(record);
        }
    }
}
