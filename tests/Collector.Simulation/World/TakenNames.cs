using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Which names make a file one to be read (design R6), told without the product's own reading of them.</summary>
internal sealed class TakenNames(NodeWorld world)
{
    private const string Separators = ".-_~@";
    private static readonly string[] s_words = ["old", "bak"];

    public NameClaim Of(string path)
    {
        var name = Path.GetFileName(path);
        if (name.EndsWith(".tmp", StringComparison.Ordinal) || name.EndsWith(".xz", StringComparison.Ordinal))
        {
            return NameClaim.Nobodys;
        }

        var directory = Path.GetDirectoryName(path)!;
        return path.StartsWith(NodePaths.Pods, StringComparison.Ordinal) ? Where(char.IsAsciiDigit(name[0]) && name.Contains(".log", StringComparison.Ordinal))
            : path.StartsWith(NodePaths.Docker, StringComparison.Ordinal) ? Where(name.StartsWith($"{Path.GetFileName(directory)}-json.log", StringComparison.Ordinal))
            : IsByPattern(path) ? (OfBases(directory, name) == NameClaim.Nobodys ? NameClaim.Own : NameClaim.Taken)
            : OfBases(directory, name);
    }

    private static NameClaim Where(bool isTaken) => isTaken ? NameClaim.Taken : NameClaim.Nobodys;

    private bool IsByPattern(string path) => path.StartsWith(NodePaths.Files, StringComparison.Ordinal)
        ? FileGlobs.Takes(world.Settings.Files, path)
        : path.EndsWith(".log", StringComparison.Ordinal);

    private NameClaim OfBases(string directory, string name)
    {
        var bases = world.Targets.Values.Select(t => t.LiveName).Distinct(StringComparer.Ordinal)
            .Where(live => IsRotatedForm(name, live) && IsByPattern($"{directory}/{live}")).Select(live => $"{directory}/{live}").ToList();
        return bases.Count == 0 ? NameClaim.Nobodys
            : bases.Exists(b => world.Tree.Find(b) is { Kind: InodeKind.Regular }) ? NameClaim.Taken
            : NameClaim.Maybe;
    }

    /// <summary>A stamp or a word behind the name or before its extension.</summary>
    private static bool IsRotatedForm(string name, string live)
    {
        var (stem, extension) = (Path.GetFileNameWithoutExtension(live), Path.GetExtension(live));
        var plain = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
        var stamp = plain.StartsWith(live, StringComparison.Ordinal) ? plain[live.Length..]
            : plain.StartsWith(stem, StringComparison.Ordinal) && plain.EndsWith(extension, StringComparison.Ordinal) && plain.Length > live.Length ? plain[stem.Length..^extension.Length]
            : " ";
        return stamp.Length == 0 || (stamp.Length > 1 && Separators.Contains(stamp[0]) && (s_words.Contains(stamp[1..], StringComparer.Ordinal) || stamp.All(c => char.IsAsciiDigit(c) || "T.-_:".Contains(c))));
    }
}
