using System.Globalization;
using System.Text.RegularExpressions;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// What a file name says about its place among the generations of its chain: restart number, rotated or live, stamp.
/// Sorts oldest first.
/// </summary>
internal readonly record struct SiblingName(string Name, int Restart, bool IsLive, bool IsGzip, string Stamp) : IComparable<SiblingName>
{
    /// <summary>The order of reading, as far as names know it.</summary>
    public int CompareTo(SiblingName other)
    {
        var byRestart = Restart.CompareTo(other.Restart);
        return byRestart != 0 ? byRestart
            : IsLive != other.IsLive ? IsLive.CompareTo(other.IsLive)
            : string.CompareOrdinal(Stamp, other.Stamp);
    }

    public static bool operator <(SiblingName left, SiblingName right) => left.CompareTo(right) < 0;

    public static bool operator >(SiblingName left, SiblingName right) => left.CompareTo(right) > 0;

    public static bool operator <=(SiblingName left, SiblingName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SiblingName left, SiblingName right) => left.CompareTo(right) >= 0;
}

/// <summary>Which names belong to a chain. Temporary and unknown names do not.</summary>
internal abstract partial class SiblingNames
{
    /// <summary>Of a container's directory: <c>n.log</c>, <c>n.log.YYYYMMDD-HHMMSS</c>, the same with <c>.gz</c> (kubelet).</summary>
    public static SiblingNames Container { get; } = new ContainerNames();

    /// <summary>
    /// Of one base name: itself, <c>base.N</c>, <c>base-DATE</c>, <c>base.DATE</c>, <c>stem-DATE.ext</c> (logrotate with and
    /// without <c>extension</c>), each also with <c>.gz</c>.
    /// </summary>
    public static SiblingNames Of(string baseName) => new BaseNames(baseName);

    /// <summary>The base names of which a path could be a rotated form, the likeliest first.</summary>
    public static IEnumerable<string> BasesOf(string path)
    {
        var directory = Path.GetDirectoryName(path) ?? "";
        var name = Path.GetFileName(path);
        name = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
        for (var i = name.Length - 1; i > 0; i--)
        {
            if (name[i] is '.' or '-')
            {
                var (stem, rest) = (name[..i], name[i..]);
                if (StampPattern.IsMatch(rest))
                {
                    yield return Path.Join(directory, stem);
                }

                var extension = Path.GetExtension(rest[1..]);
                if (extension.Length > 0 && StampPattern.IsMatch(rest[..^extension.Length]))
                {
                    yield return Path.Join(directory, stem + extension);
                }
            }
        }
    }

    public abstract bool TryParse(string name, out SiblingName sibling);

    [GeneratedRegex(@"^(?<n>\d{1,9})\.log(\.(?<stamp>\d{8}-\d{6}))?(?<gz>\.gz)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ContainerPattern { get; }

    [GeneratedRegex(@"^[.-](?<stamp>\d{1,4}|\d{8}(-?\d{2,6})?|\d{4}-\d{2}-\d{2}([-T_.]?\d{2,6})?|\d{10,13})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex StampPattern { get; }

    private sealed class ContainerNames : SiblingNames
    {
        public override bool TryParse(string name, out SiblingName sibling)
        {
            var match = ContainerPattern.Match(name);
            var stamp = match.Groups["stamp"].Value;
            sibling = match.Success
                ? new SiblingName(name, int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture), stamp.Length == 0, match.Groups["gz"].Success, stamp)
                : default;

            // `n.log.gz` is nobody's name.
            return match.Success && !(sibling.IsLive && sibling.IsGzip);
        }
    }

    private sealed class BaseNames(string baseName) : SiblingNames
    {
        private const int NumberDigits = 5;
        private const int HighestNumber = 99999;
        private readonly string _extension = Path.GetExtension(baseName);
        private readonly string _stem = Path.GetFileNameWithoutExtension(baseName);

        public override bool TryParse(string name, out SiblingName sibling)
        {
            sibling = new SiblingName(name, 0, IsLive: true, IsGzip: false, "");
            if (name == baseName)
            {
                return true;
            }

            var gzip = name.EndsWith(".gz", StringComparison.Ordinal);
            var plain = gzip ? name[..^3] : name;
            var stamp = StampOf(plain);
            sibling = new SiblingName(name, 0, IsLive: false, gzip, stamp ?? "");
            return stamp is not null;
        }

        private string? StampOf(string name)
        {
            var rest = name.StartsWith(baseName, StringComparison.Ordinal) ? name[baseName.Length..]
                : _extension.Length > 0 && name.StartsWith(_stem, StringComparison.Ordinal) && name.EndsWith(_extension, StringComparison.Ordinal) && name.Length > _stem.Length + _extension.Length
                    ? name[_stem.Length..^_extension.Length]
                : "";
            var match = StampPattern.Match(rest);
            if (!match.Success)
            {
                return null;
            }

            // `.1` is newer than `.2`; dates ascend, and stand behind all numbers.
            var stamp = match.Groups["stamp"].Value;
            return stamp.Length < NumberDigits
                ? (HighestNumber - int.Parse(stamp, CultureInfo.InvariantCulture)).ToString("D5", CultureInfo.InvariantCulture)
                : "d" + stamp;
        }
    }
}
