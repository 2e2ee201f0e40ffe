using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Collector.ObjectStores;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Records;

namespace Collector.Reading.Layout;

/// <summary>A prefix that may hold matching objects.</summary>
/// <param name="Prefix">The prefix to list.</param>
/// <param name="Values">The values in its directories.</param>
internal sealed record FoundPrefix(string Prefix, PrefixValues Values);

/// <summary>
/// How keys are laid out: a key template cut at its slashes. It turns a question into prefixes, with as few lists as possible
/// (../DESIGN.md), and parses keys.
/// </summary>
public sealed class KeyLayout
{
    /// <summary>The default of <c>keyPrefix</c> (contract §2).</summary>
    public static string Default => KeyTemplate.Default.Text;

    private readonly string _root;

    private readonly HashSet<string> _fields;
    private readonly KeySegment[] _directories;
    private readonly KeySegment _name;

    private KeyLayout(string text, string root, string catalog, IReadOnlyList<IReadOnlyList<KeyToken>> segments)
    {
        Text = text;
        _root = root;
        CatalogPrefix = catalog;
        var literal = text.Split('{')[0];
        Root = literal[..(literal.LastIndexOf('/') + 1)];
        _directories = [.. segments.SkipLast(1).Select(tokens => new KeySegment(tokens, isName: false))];
        _name = new KeySegment(segments[^1], isName: true);
        IsNameNext = segments[^1].All(token => token.Text.Length > 0);
        _fields = [.. segments.SelectMany(tokens => tokens).Select(token => token.Field).Where(field => field.Length > 0)];
    }

    /// <summary>The template, with the text before it.</summary>
    public string Text { get; }

    /// <summary>The directory of the catalog, which has no logs.</summary>
    public string CatalogPrefix { get; }

    /// <summary>The directory that all keys of the layout begin with; may be empty.</summary>
    public string Root { get; }

    /// <summary>After a found prefix comes the object's name, which begins with its time.</summary>
    internal bool IsNameNext { get; }

    /// <summary>Each stream has prefixes of its own.</summary>
    public bool HasStream => Says(KeyTemplate.StreamField);

    /// <summary>Keys say namespace, pod and container, so each prefix has one container alone.</summary>
    public bool NamesContainers => Says(KnownValues.NamespaceField) && Says(KnownValues.PodField) && Says(KnownValues.ContainerField);

    /// <summary>Whether keys contain a field of the records, such as <c>kubernetes.pod_name</c>.</summary>
    internal bool Says(string field) => _fields.Contains(field);

    /// <param name="template">A <c>keyPrefix</c>.</param>
    /// <param name="place">The path of the URL: a beginning of the template's text, or the text before the template.</param>
    /// <param name="layout">The layout, if the template is valid.</param>
    /// <param name="error">Else what is wrong with it.</param>
    /// <param name="catalog">Where its catalog is, below the text before the template; empty: the agent's default.</param>
    public static bool TryParse(string template, string place, [NotNullWhen(true)] out KeyLayout? layout, out string error, string catalog = "")
    {
        layout = null;
        if (!KeyTemplate.TryParse(template, out var parsed, out error))
            return false;

        var literal = template.Split('{')[0];
        var path = place.Trim('/');
        var root = path.Length == 0 || literal.StartsWith(path, StringComparison.Ordinal) ? "" : path + "/";
        layout = new KeyLayout(root + template, root, root + (catalog.Length > 0 ? catalog : CatalogSettings.PrefixOf(parsed)), Segments(parsed));
        return true;
    }

    /// <summary>Lists as far as needed, and reports keys of another layout to <paramref name="foreign"/>.</summary>
    internal async IAsyncEnumerable<FoundPrefix> FindAsync(
        IObjectReader reader, KnownValues known, Action<string> foreign, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var open = new Stack<(string Prefix, int Segment, PrefixValues Values)>();
        open.Push((_root, 0, PrefixValues.None));
        while (open.TryPop(out var at))
        {
            var segment = at.Segment == _directories.Length ? _name : _directories[at.Segment];
            var (head, isAll) = segment.HeadOf(known);
            if (segment == _name)
            {
                yield return new FoundPrefix(at.Prefix + head, at.Values);
            }
            else if (isAll)
            {
                open.Push((at.Prefix + head + "/", at.Segment + 1, segment.Known(known, at.Values)));
            }
            else
            {
                var query = new ObjectQuery(at.Prefix + head) { IsByDirectory = true };
                await foreach (var page in reader.PagesAsync(query, cancellation).ConfigureAwait(false))
                {
                    foreach (var item in page.Objects)
                        foreign(item.Key);
                    foreach (var directory in page.Directories.Where(d => d != CatalogPrefix))
                    {
                        if (segment.Match(directory[at.Prefix.Length..^1], known, at.Values) is { } values)
                            open.Push((directory, at.Segment + 1, values));
                        else if (segment.Match(directory[at.Prefix.Length..^1], KnownNothing, at.Values) is null)
                            foreign(directory);
                    }
                }
            }
        }
    }

    /// <summary>
    /// A key below a found prefix, with its rendered prefix; null if the key is not the collector's, or not wanted.
    /// </summary>
    internal (ObjectName Name, string Prefix, PrefixValues Values)? Read(string key, FoundPrefix found, KnownValues known)
    {
        var start = found.Prefix.LastIndexOf('/') + 1;
        var last = key[start..];
        return !last.Contains('/', StringComparison.Ordinal) && _name.MatchName(last, known, found.Values) is var (values, name, at)
            ? (name, key[..(start + at)], values) : null;
    }

    private static KnownValues KnownNothing { get; } = new(new Question(), DateTimeOffset.MaxValue.AddDays(-2));

    private static List<List<KeyToken>> Segments(KeyTemplate template)
    {
        List<List<KeyToken>> segments = [[]];
        foreach (var part in template.Parts)
        {
            switch (part)
            {
                case KeyPart.Text text:
                    AddText(segments, text.Value);
                    break;
                case KeyPart.Field field:
                    segments[^1].Add(KeyToken.OfField(string.Join('.', field.Paths[0])));
                    break;
                case KeyPart.Date date:
                    AddDate(segments, date.Format);
                    break;
            }
        }

        return segments;
    }

    private static void AddText(List<List<KeyToken>> segments, string text)
    {
        var pieces = text.Split('/');
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i > 0)
                segments.Add([]);
            if (pieces[i].Length > 0)
                segments[^1].Add(KeyToken.OfText(pieces[i]));
        }
    }

    private static void AddDate(List<List<KeyToken>> segments, string format)
    {
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] == '%' && at + 1 < format.Length)
                segments[^1].Add(KeyToken.OfDate(format[++at]));
            else
                AddText(segments, format[at].ToString());
        }
    }
}

internal static class ObjectReaderExtensions
{
    /// <summary>All pages of a list.</summary>
    public static async IAsyncEnumerable<ObjectPage> PagesAsync(this IObjectReader reader, ObjectQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var page = await reader.ListAsync(query, cancellation).ConfigureAwait(false);
            yield return page;
            if (page.Next is null)
                yield break;
            query = query with { Continuation = page.Next };
        }
    }
}
