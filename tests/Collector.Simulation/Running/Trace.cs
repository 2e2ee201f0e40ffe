namespace Collector.Simulation.Running;

/// <summary>A list of actions with the seed of everything that is left to chance, as a text file. Lines that begin with <c>#</c> are words for people.</summary>
internal sealed record Trace(int Seed, IReadOnlyList<SimulationAction> Actions)
{
    private const string SeedLine = "seed ";
    private const string NoBirthTimesLine = "birthtimes none";
    private const string CatalogLine = "catalog";

    /// <summary>Whether the file system tells when a file was born; without it an inode's number that comes again is known by bytes alone.</summary>
    public bool HasBirthTimes { get; init; } = true;

    /// <summary>Whether the outputs say what they have delivered, which the oracle then compares with what is there.</summary>
    public bool HasCatalog { get; init; }

    public static Trace Parse(IEnumerable<string> lines)
    {
        var (seed, hasBirthTimes, hasCatalog) = (0, true, false);
        var actions = new List<SimulationAction>();
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line.StartsWith(SeedLine, StringComparison.Ordinal))
            {
                seed = int.Parse(line.AsSpan(SeedLine.Length));
            }
            else if (line == NoBirthTimesLine)
            {
                hasBirthTimes = false;
            }
            else if (line == CatalogLine)
            {
                hasCatalog = true;
            }
            else
            {
                actions.Add(SimulationAction.Parse(line));
            }
        }

        return new Trace(seed, actions) { HasBirthTimes = hasBirthTimes, HasCatalog = hasCatalog };
    }

    public static Trace Read(string path) => Parse(File.ReadLines(path));

    /// <summary>Leaves verbs out, to see what fails behind failures that are known.</summary>
    public Trace Without(IReadOnlyList<string> verbs) => this with { Actions = [.. Actions.Where(a => !verbs.Contains(a.Verb, StringComparer.Ordinal))] };

    public override string ToString() => $"{SeedLine}{Seed}\n{(HasBirthTimes ? "" : NoBirthTimesLine + "\n")}{(HasCatalog ? CatalogLine + "\n" : "")}{string.Join('\n', Actions)}\n";
}
