using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>
/// The names that stored logs have in the place of a wanted one, from their records and from the catalog: for the note that nothing
/// was found. Keys do not have all of these names. Thread safe.
/// </summary>
public sealed class OtherNames
{
    /// <summary>Of each kind.</summary>
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _spaces = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pods = new(StringComparer.Ordinal);
    private readonly HashSet<string> _containers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _owners = new(StringComparer.Ordinal);
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private volatile bool _isFound;

    /// <summary>
    /// The nearest names for the first part of the question that nothing fits, as they are written in a command line; empty: there
    /// are none, or all parts fit.
    /// </summary>
    public IReadOnlyList<string> NearestOf(Question question)
    {
        lock (_lock)
        {
            return _isFound ? []
                : _labels.Count > 0 ? [.. Nearest.Of(string.Join(',', question.Labels.Equalities.Select(one => $"{one.Label}={one.Value}")), _labels).Select(name => $"-l {name}")]
                : _owners.Count > 0 ? Nearest.Of(OwnerText(question.OwnerKind!, question.OwnerName!), _owners)
                : _containers.Count > 0 ? [.. Nearest.Of(question.Container!, _containers).Select(name => $"-c {name}")]
                : _pods.Count > 0 ? Nearest.Of(question.Pod ?? question.OwnerName!, _pods)
                : [.. Nearest.Of(question.Namespace ?? "", _spaces).Select(name => $"-n {name}")];
        }
    }

    /// <summary>A source that the question is about.</summary>
    internal void Find() => _isFound = true;

    /// <summary>A source that the question is not about.</summary>
    internal void Note(Question question, Source source)
    {
        lock (_lock)
        {
            var isPod = Question.Fits(question.PodPattern, source.Pod);
            if ((question.Namespace ?? source.Namespace) != source.Namespace)
                Add(_spaces, isPod ? source.Namespace : "");
            else if (!isPod)
                Add(_pods, source.Pod);
            else if ((question.Container ?? source.Container) != source.Container)
                Add(_containers, source.Container);
            else if (question.OwnerName is { } owner && !source.IsOwnedBy(question.OwnerKind, owner))
                Add(_owners, source.OwnerName.Length > 0 ? OwnerText(source.OwnerKind, source.OwnerName) : "");
            else
                NoteLabels(question, source);
        }
    }

    private void NoteLabels(Question question, Source source)
    {
        foreach (var name in question.Labels.Names)
        {
            if (source.Labels.TryGetValue(name, out var value))
                Add(_labels, $"{name}={value}");
        }
    }

    private static void Add(HashSet<string> names, string name)
    {
        if (name.Length > 0 && names.Count < Most)
            names.Add(name);
    }

    private static string OwnerText(string kind, string name) => $"{kind.ToLowerInvariant()}/{name}";
}
