using System.Globalization;
using System.Text.RegularExpressions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>
/// The place of a file among the generations of its chain, from its name: restart number, rotated or live, stamp. Sorts oldest
/// first.
/// </summary>
internal readonly record struct SiblingName(string Name, int Restart, bool IsLive, bool IsGzip, string Stamp) : IComparable<SiblingName>
{
    /// <summary>A rotation counted it.</summary>
    public bool HasNumber => Stamp.Length > 0 && char.IsAsciiDigit(Stamp[0]);

    /// <summary>
    /// The number stands before the extension, where tools do not agree on which one is the newest: the highest (log4j2's and NLog's
    /// default), or the lowest (logrotate's <c>extension</c>, Logback's fixed window, log4j2 with <c>fileIndex="min"</c>).
    /// </summary>
    public bool CountsEitherWay { get; init; }

    /// <summary>The reading order, as far as names show it.</summary>
    public int CompareTo(SiblingName other)
    {
        var byRestart = Restart.CompareTo(other.Restart);
        return byRestart != 0 ? byRestart
            : IsLive != other.IsLive ? IsLive.CompareTo(other.IsLive)
            : string.CompareOrdinal(Stamp, other.Stamp);
    }

    /// <summary>The name that the writer writes to.</summary>
    public static SiblingName Live(string name) => new(name, 0, IsLive: true, IsGzip: false, "");

    /// <summary>A name that a rotation gave.</summary>
    public static SiblingName Rotated(string name, string stamp) => new(name, 0, IsLive: false, IsGzipName(name), stamp);

    /// <summary>A name of an unknown form, which only a known file has.</summary>
    public static SiblingName Unknown(string name) => Rotated(name, "");

    public static bool IsGzipName(string name) => name.EndsWith(".gz", StringComparison.Ordinal);

    public static bool operator <(SiblingName left, SiblingName right) => left.CompareTo(right) < 0;

    public static bool operator >(SiblingName left, SiblingName right) => left.CompareTo(right) > 0;

    public static bool operator <=(SiblingName left, SiblingName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SiblingName left, SiblingName right) => left.CompareTo(right) >= 0;
}

/// <summary>The names that belong to a chain. Temporary and unknown names do not.</summary>
internal abstract partial class SiblingNames
{
    /// <summary>
    /// In a container's directory: <c>n.log</c>, and whatever a rotation appends to it (kubelet: a stamp, then <c>.gz</c>).
    /// </summary>
    public static SiblingNames Container { get; } = new ContainerNames();

    /// <summary>
    /// The name that the chain's writer writes to; empty in a container's directory, where each restart has its own.
    /// </summary>
    public virtual string Base => "";

    /// <summary>Of Docker's json-file driver: the base, and whatever a rotation appends to it.</summary>
    public static SiblingNames Docker(string baseName) => new AppendedNames(baseName);

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
        name = WithoutCompression(name);
        for (var i = name.Length - 1; i > 0; i--)
        {
            if (name[i] is '.' or '-' or '_' or '~' or '@')
            {
                if (StampPattern.IsMatch(name.AsSpan(i)))
                {
                    yield return Path.Join(directory, name.AsSpan(0, i));
                }

                var extension = Path.GetExtension(name.AsSpan(i + 1)).Length;
                if (extension > 0 && StampPattern.IsMatch(name.AsSpan(i..^extension)))
                {
                    yield return Path.Join(directory, string.Concat(name.AsSpan(0, i), name.AsSpan(name.Length - extension)));
                }
            }
        }
    }

    public abstract bool TryParse(string name, out SiblingName sibling);

    /// <summary>The name before its compression, by whatever tool.</summary>
    private static string WithoutCompression(string name) =>
        CompressedKinds.Of(name, []) == CompressedKind.None ? name : name[..^Path.GetExtension(name).Length];

    /// <summary>
    /// <c>.1</c> is newer than <c>.2</c>; dates ascend, each of their numbers by its value, and come after all numbers; words come
    /// after both.
    /// </summary>
    /// <param name="stamp">What the rotation added to the name.</param>
    /// <param name="isAscending"><c>1</c> is older than <c>2</c>.</param>
    protected static string OrderOf(string stamp, bool isAscending = false)
    {
        const int NumberDigits = 5;
        const int HighestNumber = 99999;
        stamp = stamp.TrimStart('.', '-', '_', '~', '@');
        return stamp.Length is > 0 and < NumberDigits && int.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (isAscending ? number : HighestNumber - number).ToString("D5", CultureInfo.InvariantCulture)
            : stamp.Length > 0 && char.IsAsciiDigit(stamp[0]) ? "d" + ShortNumber.Replace(stamp, digits => digits.Value.PadLeft(NumberDigits, '0')) : "w" + stamp;
    }

    /// <summary>After a date: <c>.9</c> is older than <c>.10</c>.</summary>
    [GeneratedRegex(@"(?<=[^0-9])[0-9]{1,4}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex ShortNumber { get; }

    [GeneratedRegex(@"^(?<n>\d{1,9})\.log(?<stamp>.*?)(?<gz>\.gz)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ContainerPattern { get; }

    /// <summary>Numbers, dates and times in whatever spelling, and the words for the file before.</summary>
    [GeneratedRegex(@"^[.\-_~@](?<stamp>[0-9][0-9TZ.\-_:+@]*|[0-9a-f]{16,24}\.[su]|old|bak|prev|previous|last|orig|rotated)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex StampPattern { get; }

    private sealed class ContainerNames : SiblingNames
    {
        public override bool TryParse(string name, out SiblingName sibling)
        {
            var match = ContainerPattern.Match(name);
            var (stamp, isGzip) = (match.Groups["stamp"].Value, match.Groups["gz"].Success);
            var isSibling = match.Success && !name.EndsWith(".tmp", StringComparison.Ordinal);
            sibling = isSibling
                ? new SiblingName(name, int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture), stamp.Length == 0 && !isGzip, isGzip, OrderOf(stamp))
                : default;
            return isSibling;
        }
    }

    private sealed class AppendedNames(string baseName) : SiblingNames
    {
        public override string Base => baseName;

        public override bool TryParse(string name, out SiblingName sibling)
        {
            var gzip = SiblingName.IsGzipName(name);
            sibling = name == baseName ? SiblingName.Live(name) : default;
            if (sibling.IsLive || !name.StartsWith(baseName, StringComparison.Ordinal) || name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                return sibling.IsLive;
            }

            sibling = SiblingName.Rotated(name, OrderOf(name[baseName.Length..^(gzip ? 3 : 0)]));
            return true;
        }
    }

    private sealed class BaseNames(string baseName) : SiblingNames
    {
        public override string Base => baseName;

        private readonly string _extension = Path.GetExtension(baseName);
        private readonly string _stem = Path.GetFileNameWithoutExtension(baseName);

        public override bool TryParse(string name, out SiblingName sibling)
        {
            sibling = SiblingName.Live(name);
            if (name == baseName)
            {
                return true;
            }

            var plain = WithoutCompression(name);
            var isBeforeExtension = !plain.StartsWith(baseName, StringComparison.Ordinal);
            var match = StampPattern.Match(isBeforeExtension ? BeforeExtension(plain) : plain[baseName.Length..]);
            if (!match.Success)
            {
                return false;
            }

            // Without more to go by, a dash is log4j2's and a dot is Logback's.
            var stamp = OrderOf(match.Groups["stamp"].Value, isAscending: isBeforeExtension && match.ValueSpan[0] == '-');
            sibling = new SiblingName(name, 0, IsLive: false, SiblingName.IsGzipName(name), stamp) { CountsEitherWay = isBeforeExtension && char.IsAsciiDigit(stamp[0]) };
            return true;
        }

        private string BeforeExtension(string name) =>
            _extension.Length > 0 && name.StartsWith(_stem, StringComparison.Ordinal) && name.EndsWith(_extension, StringComparison.Ordinal) && name.Length > _stem.Length + _extension.Length
                ? name[_stem.Length..^_extension.Length]
                : "";
    }
}
