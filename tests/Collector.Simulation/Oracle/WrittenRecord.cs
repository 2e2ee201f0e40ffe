namespace Collector.Simulation.Oracle;

/// <summary>What an output may expect of a record.</summary>
internal enum Claim
{
    Wanted,

    /// <summary>Written or read in a moment in which either is right.</summary>
    Maybe,

    /// <summary>Excluded, not matched, or before the output's beginning.</summary>
    Skipped,
}

/// <summary>What a writer meant to be one record: its text, where it stands, what became of its bytes.</summary>
/// <param name="target">Whose log.</param>
/// <param name="text">As it is to be stored.</param>
/// <param name="stream">Of a container.</param>
/// <param name="isUnique">No other record has this text.</param>
internal sealed class WrittenRecord(string target, string text, string stream, bool isUnique)
{
    public string Target { get; } = target;

    public string Text { get; } = text;

    public string Stream { get; } = stream;

    public bool IsUnique { get; } = isUnique;

    /// <summary>Records of a group are stored in the order of <see cref="Sequence"/>; empty: there is no order.</summary>
    public string Group { get; init; } = "";

    public int Sequence { get; init; }

    /// <summary>How often the wall clock had gone back when it was written.</summary>
    public int Epoch { get; init; }

    /// <summary>When it could first be read, in healthy uptime of the collector.</summary>
    public TimeSpan Since { get; set; }

    /// <summary>The turn of the collector in the middle of which it was written; 0: between two of them.</summary>
    public int WrittenAmid { get; set; }

    /// <summary>Contents that hold its bytes.</summary>
    public int Holders { get; set; }

    /// <summary>By output.</summary>
    public Claim[] Claims { get; init; } = [Claim.Wanted, Claim.Wanted];

    /// <summary>Its bytes were there long enough to be read and kept.</summary>
    public bool IsSecured { get; set; }

    /// <summary>Healthy uptime when its last holder went; null: it is held.</summary>
    public TimeSpan? GoneAt { get; set; }

    /// <summary>How many of its bytes went with its last holder.</summary>
    public int BytesGone { get; set; }

    /// <summary>The collector has not run between its writing and its going.</summary>
    public bool HadNoChance { get; set; }

    /// <summary>What was passed over may be stored all the same.</summary>
    public void MayBeStored()
    {
        for (var output = 0; output < Claims.Length; output++)
        {
            Claims[output] = Claims[output] == Claim.Skipped ? Claim.Maybe : Claims[output];
        }
    }

    /// <summary>Copies of it that may be taken for the original or for a file of their own: both are right.</summary>
    public int MoreAllowed { get; set; }

    /// <summary>The texts of its lines, where it is joined from several: when one is lost unread, the others are records as they are.</summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    public bool MayBeInPieces { get; set; }

    /// <summary>Its lines stand in several files.</summary>
    public bool IsSpread { get; set; }

    /// <summary>It stands in a file whose content the collector cannot tell from another's, which is gone: once for both is right.</summary>
    public bool MayBeAnothers { get; set; }

    /// <summary>It may be read at any place among the others.</summary>
    public bool HasNoOrder { get; set; }

    /// <summary>
    /// Its content is new by its name: the same text once more, in no order with the first. What is asked for of a pod holds
    /// for it, too; what a file's beginning passed over only where that file was there then, too.
    /// </summary>
    public WrittenRecord Again(TimeSpan now, Claim[] claims) =>
        new(Target, Text, Stream, IsUnique) { Since = now, Pieces = Pieces, MayBeInPieces = MayBeInPieces, IsSpread = IsSpread, MayBeAnothers = MayBeAnothers, Claims = [.. claims] };
}
