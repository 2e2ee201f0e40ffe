using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;

namespace Collector.Configuration.Binding;

/// <summary>The kinds of single values that the configuration has.</summary>
internal static class Kinds
{
    private const string SizePattern = "^[0-9]+ ?(kB|MB|GB|KiB|MiB|GiB)?$";
    /// <summary>One part is not zero, and no part of hours is above the longest duration.</summary>
    private const string DurationPattern =
        "^(0*([1-9][0-9]?|[1-6][0-9]{2}|7[01][0-9]|720)h([0-9]+m)?([0-9]+s)?([0-9]+ms)?|(0+h)?0*[1-9][0-9]{0,4}m([0-9]+s)?([0-9]+ms)?|" +
        "(0+h)?(0+m)?0*[1-9][0-9]{0,6}s([0-9]+ms)?|(0+h)?(0+m)?(0+s)?0*[1-9][0-9]{0,9}ms)$";

    private const string ListenPattern =
        @"^([0-9.]+|\[[0-9A-Fa-f:.]+\])?:0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$";

    /// <summary>As in charts/collector/templates/_config.tpl, of which a test shows that it is the collector's own rule.</summary>
    private const string KeyPrefixPattern =
        """^(?:[A-Za-z0-9._/=-]|\{"[A-Za-z0-9._/=-]*(?:%[FYmdHMSs][A-Za-z0-9._/=-]*)+"\}|\{(?:(?:\.(?:"[^"]+"|[A-Za-z0-9_-]+))+\|\|)+"(?:[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*|\.{3,})"\})*$""";

    private const string SizeFix = "bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, like 48MB";

    private static readonly Regex SizeForm = new(SizePattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    public static Scalar<string> Text { get; } =
        new("a text", "a text", static (text, out value) => Always(value = text)) { FreeText = true };

    /// <summary>A value for a request header. A line end after it, which block scalars and variables have, is ignored.</summary>
    public static Scalar<string> HeaderText { get; } = new("a text of one line", "one line of visible ASCII", static (text, out value) => CanBeInHead(value = text.Trim()))
    {
        FreeText = true,
    };

    /// <summary>The value of an object's tag. It may be in any language, because it is escaped before it is sent.</summary>
    public static Scalar<string> TagValue { get; } = new("a text of one line", "one line", static (text, out value) => !(value = text.Trim()).Any(char.IsControl))
    {
        FreeText = true,
    };

    /// <summary>Like <see cref="HeaderText"/>, and never shown.</summary>
    public static Scalar<string> SecretText { get; } = new(
        "a key or a token of one line (the value has a line end or another character that no key has)", "the whole value on one line, and nothing else",
        static (text, out value) => CanBeInHead(value = text.Trim()))
    {
        FreeText = true,
        Private = true,
    };

    public static Scalar<bool> Boolean { get; } = new("a boolean", "true or false", static (text, out value) =>
        (value = text == "true") || text == "false")
    {
        PlainOnly = true,
        Describe = () => new JsonObject { ["type"] = "boolean" },
        Print = value => value,
    };

    /// <summary>Bytes, zero included.</summary>
    public static Scalar<long> Size { get; } = SizeOf("a size", 0);

    public static Scalar<long> PositiveSize { get; } = SizeOf("a size above zero", 1);

    public static Scalar<TimeSpan> Duration { get; } = new(
        $"a duration above zero and up to {Configuration.Duration.Format(Configuration.Duration.Longest)}",
        "a whole number with ms, s, m or h, like 30s or 1m30s",
        Configuration.Duration.TryParse)
    {
        Describe = () => Matching(DurationPattern),
        Print = value => Configuration.Duration.Format(value),
    };

    public static Scalar<FreeDisk> FreeDisk { get; } = new(
        "a share of the disk or a size", "a percentage up to 99%, or " + SizeFix, FreeDiskText.TryParse)
    {
        Print = value => FreeDiskText.Format(value),
        Describe = () => new JsonObject { ["type"] = new JsonArray("integer", "string"), ["pattern"] = "^[0-9]{1,2}%$|" + SizePattern },
    };

    public static Scalar<ListenAddress> Listen { get; } = new(
        "an address to listen on", "\":PORT\" for all addresses, \"127.0.0.1:PORT\" or \"[::1]:PORT\"", ListenAddress.TryParse)
    {
        Describe = () => Matching(ListenPattern),
    };

    /// <summary>A name of a source or an output: it becomes a directory's name and a metric's label, and so is a DNS label.</summary>
    public static Scalar<string> Name { get; } =
        Pattern("a name", "1 to 63 of a-z 0-9 and -, neither first nor last a -", "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$");

    /// <summary>A node's name; other characters could not stand in an object's key.</summary>
    public static Scalar<string> NodeName { get; } = Pattern("the name of a node", "up to 253 of A-Z a-z 0-9 - _ and .", "^[A-Za-z0-9_.-]{0,253}$");

    /// <summary>A <c>log_source</c>: unchanged in an object's key.</summary>
    public static Scalar<string> LogSource { get; } = Pattern("a log source", "1 to 63 of A-Z a-z 0-9 - _ and .", "^[A-Za-z0-9_.-]{1,63}$");

    /// <summary>A namespace's name, with <c>*</c> and <c>?</c>.</summary>
    public static Scalar<string> NamespaceGlob { get; } =
        Pattern("a glob of namespaces", "up to 63 of a-z 0-9 -, with * for any text and ? for any letter", "^[a-z0-9*?-]{1,63}$");

    /// <summary>A key of a pod's label: a DNS name and a slash before it where it has a prefix.</summary>
    public static Scalar<string> LabelKey { get; } = Pattern(
        "the key of a label", "a key like app or app.kubernetes.io/name",
        "^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$");

    public static Scalar<string> LabelValue { get; } = Pattern(
        "the value of a label (labels are compared whole, without globs)", "up to 63 of A-Z a-z 0-9 - _ and .",
        "^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$");

    public static Scalar<string> Path { get; } = PathOf("an absolute path", "a path from /, without . and .. in it", "^/");

    public static Scalar<string> OptionalPath { get; } = PathOf("an absolute path", "a path from /, without . and .. in it", "^(/|$)");

    /// <summary>Files to read, by pattern; a directory alone would match nothing.</summary>
    public static Scalar<string> PathGlob { get; } =
        PathOf("an absolute path with globs", "a path of files from /, without . and .. in it, like /var/log/app/*.log", "^/.*[^/]$", Pipeline.Sources.PathGlob.Check, static text =>
            text.StartsWith('/') && text.EndsWith('/') ? ($"'{text}' ends in / and names a directory", $"write {text}*") : null);

    /// <summary>A user and a password are allowed here: there is no other place for them.</summary>
    public static Scalar<string> ProxyUrl { get; } = Url("a URL like https://host:port", static url => url.Query.Length > 0 || url.Fragment.Length > 0 ? "it has a query" : "");

    /// <summary>The URL of a service. A user, a password or a signature in it would be logged, so they are refused.</summary>
    /// <param name="instead">The keys where credentials belong.</param>
    public static Scalar<string> Endpoint(string instead) => Url(
        "a URL like https://host:port",
        url => url.UserInfo.Length > 0 ? $"it has a user or a password in it; write credentials as {instead}"
            : url.Query.Length > 0 || url.Fragment.Length > 0 ? $"it has a query, such as a signature, in it; write credentials as {instead}"
            : "");

    /// <summary>The laxest of the providers' rules: enough to distinguish a name from a URL or a path.</summary>
    public static Scalar<string> Bucket { get; } = Pattern(
        "the name of a bucket", "3 to 222 of a-z 0-9 - _ and . (no URL, no path)", "^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$");

    /// <summary>Stores that are not Amazon's have regions of their own names.</summary>
    public static Scalar<string> Region { get; } = Line("the name of a region", "a name like eu-central-1, without blanks", "^[A-Za-z0-9_-]*$");

    /// <summary>Stores that are not Amazon's have shorter ones.</summary>
    public static Scalar<string> RoleArn { get; } = Line("the ARN of a role", "arn:aws:iam::ACCOUNT:role/NAME", "^(arn:[!-~]+)?$");

    /// <summary>https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl</summary>
    public static Scalar<string> CannedAcl { get; } = Line(
        "a canned ACL", "private, public-read, public-read-write, authenticated-read, aws-exec-read, bucket-owner-read, bucket-owner-full-control or log-delivery-write",
        "^(private|public-read|public-read-write|authenticated-read|aws-exec-read|bucket-owner-read|bucket-owner-full-control|log-delivery-write)?$");

    /// <summary>The rule of S3, apart from its letters, which are of every language.</summary>
    public static Scalar<string> TagKey { get; } = new("the key of a tag", "1 to 128 characters of one line", static (text, out value) =>
        (value = text).Length is > 0 and <= 128 && !text.Any(char.IsControl));

    /// <summary>The rule of STS (RoleSessionName in its API reference).</summary>
    public static Scalar<string> SessionName { get; } = Pattern(
        "the name of a session", "2 to 64 of A-Z a-z 0-9 and _ + = , . @ -", "^([A-Za-z0-9_+=,.@-]{2,64})?$");

    public static Scalar<string> AzureAccount { get; } = Pattern("the name of a storage account", "3 to 24 of a-z and 0-9", "^([a-z0-9]{3,24})?$");

    public static Scalar<string> AzureContainer { get; } = Pattern(
        "the name of a container", "3 to 63 of a-z 0-9 and -", "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$");

    public static Scalar<string> CatalogPrefix { get; } = Pattern(
        "the beginning of a key that ends in a slash", "text of A-Z a-z 0-9 - _ . and single slashes, without a slash in front, like logs/_catalog/", "^(([A-Za-z0-9_-][A-Za-z0-9_.-]*/)+)?$");

    public static Scalar<TimeFormat> TimeFormat { get; } = new(
        "a format of times",
        "auto, rfc3339, epoch, or a strptime pattern like %Y-%m-%d %H:%M:%S",
        static (text, out value) => Pipeline.Records.TimeFormat.TryParse(text, out value!, out _))
    {
        Explain = text => Pipeline.Records.TimeFormat.TryParse(text, out _, out var error) ? "" : error,
        FreeText = true,
    };

    public static Scalar<KeyTemplate> KeyPrefix { get; } = new(
        "a key template",
        "text of A-Z a-z 0-9 - _ . / = with fields like {.kubernetes.namespace_name||\"none\"} and dates like {\"%Y/%m/%d\"}",
        static (text, out value) => KeyTemplate.TryParse(text, out value!, out _))
    {
        Explain = text => KeyTemplate.TryParse(text, out _, out var error) ? "" : error,
        Describe = () => Matching(KeyPrefixPattern),
    };

    public static Scalar<int> Integer(int least, int most) => new(
        $"a whole number from {least} to {most}", $"a whole number from {least} to {most}",
        (text, out value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most)
    {
        PlainOnly = true,
        Describe = () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most },
        Print = value => value,
    };

    /// <summary>One of a few words.</summary>
    public static Scalar<T> Choice<T>(params (string Word, T Value)[] choices)
    {
        var words = string.Join(", ", choices.Select(choice => choice.Word.Length == 0 ? "\"\"" : choice.Word));
        return new Scalar<T>("one of the choices", "one of " + words, (text, out value) =>
        {
            var index = Array.FindIndex(choices, choice => choice.Word == text);
            value = choices[Math.Max(0, index)].Value;
            return index >= 0;
        })
        {
            Describe = () => new JsonObject { ["enum"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice.Word))]) },
            Print = value => choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word,
        };
    }

    private static bool Always(string _) => true;

    private static JsonObject Matching(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static Scalar<long> SizeOf(string noun, long least) => new(
        noun, SizeFix, (text, out value) => Configuration.Size.TryParse(text, out value) && value >= least)
    {
        Describe = () => new JsonObject { ["type"] = new JsonArray("integer", "string"), ["minimum"] = least, ["pattern"] = SizePattern },
        Print = value => Configuration.Size.Format(value),
        Refuse = static text => SizeForm.IsMatch(text) && !Configuration.Size.TryParse(text, out _)
            ? ($"'{text}' is too large", $"write at most {long.MaxValue / Configuration.Size.GiB}GiB")
            : null,
    };

    /// <summary>A text with a pattern that .NET and JSON schemas interpret equally.</summary>
    private static Scalar<string> Pattern(string noun, string fix, string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        return new Scalar<string>(noun, fix, (text, out value) => IsOneLine(value = text) && regex.IsMatch(text)) { Describe = () => Matching(pattern) };
    }

    /// <summary>Like <see cref="Pattern"/>, and what is behind the value does not count (see <see cref="HeaderText"/>).</summary>
    private static Scalar<string> Line(string noun, string fix, string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        return new Scalar<string>(noun, fix, (text, out value) => IsOneLine(value = text.Trim()) && regex.IsMatch(value)) { Describe = () => Matching(pattern) };
    }

    /// <param name="noun">See <see cref="Scalar{T}"/>.</param>
    /// <param name="fix">See <see cref="Scalar{T}"/>.</param>
    /// <param name="pattern">The pattern of a valid value.</param>
    /// <param name="check">What is wrong with a value that matches the pattern; null: nothing.</param>
    /// <param name="refuse">See <see cref="Scalar{T}.Refuse"/>.</param>
    private static Scalar<string> PathOf(string noun, string fix, string pattern, Func<string, string?>? check = null, Func<string, (string Problem, string Fix)?>? refuse = null)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        return new Scalar<string>(noun, fix, (text, out value) =>
        {
            value = text.Length > 1 ? text.TrimEnd('/') : text;
            return IsOneLine(text) && regex.IsMatch(text) && !text.Split('/').Any(part => part is "." or "..") && check?.Invoke(value) is null;
        })
        {
            Refuse = refuse,
            Explain = text => check?.Invoke(text) ?? "",
            Describe = () => Matching(pattern),
        };
    }

    /// <param name="fix">See <see cref="Scalar{T}"/>.</param>
    /// <param name="check">What is wrong with a URL; empty: nothing.</param>
    private static Scalar<string> Url(string fix, Func<Uri, string> check) => new("an http(s) URL", fix, (text, out value) =>
        (value = text.Trim()).Length == 0 || (TryParseUrl(value, out var url) && check(url).Length == 0))
    {
        Private = true,
        Explain = text => TryParseUrl(text.Trim(), out var url) ? check(url) : "",
        Describe = () => Matching("^(https?://.+)?$"),
    };

    private static bool TryParseUrl(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme is "http" or "https") && IsOneLine(text) && !text.Contains(' ');

    private static bool CanBeInHead(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Neither .NET's $ nor a file's name may include a line end.</summary>
    private static bool IsOneLine(string text) => text.AsSpan().IndexOfAny('\n', '\r', '\0') < 0;
}
