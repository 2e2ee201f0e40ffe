using Collector.Pipeline.Following;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The undecided files of a folder (Following/DESIGN.md, step 4), held open. No generation knows them yet. One that is deleted
/// meanwhile can still be read. Owned by the tail worker.
/// </summary>
internal sealed class UndecidedFiles : IDisposable
{
    private readonly Dictionary<FileBirth, HeldFile> _held = [];
    private FileBudget? _budget;

    private sealed record HeldFile(ListedFile Listed, SourceFile File)
    {
        /// <summary>Its path when it is deleted: another file may have its name by then.</summary>
        public string DeletedPath { get; } = $"{Listed.Path} (deleted, inode {Listed.Status.Inode})";
    }

    /// <summary>
    /// A listing as it counts for a decision: a held file is there also when it is deleted, and keeps what its first name proposed when
    /// it is renamed.
    /// </summary>
    public List<ListedFile> In(List<ListedFile> listed)
    {
        if (_held.Count == 0)
        {
            return listed;
        }

        var all = listed.ConvertAll(one => one.Proposal.Role == NameRole.None && _held.TryGetValue(one.Status.Birth, out var held) ? one with { Proposal = held.Listed.Proposal } : one);
        foreach (var held in _held.Values)
        {
            // One that has a name in another directory may be found there.
            if (held.File.TryGetStatus(out var status) && status.Links == 0)
            {
                all.Add(held.Listed with { Path = held.DeletedPath, Status = status });
            }
        }

        return all;
    }

    /// <summary>The bytes of a deleted one.</summary>
    public SourceFile? Find(string path) => Held(path)?.File;

    /// <summary>Gives it away; null when there is none of that path.</summary>
    public SourceFile? Take(string path)
    {
        if (Held(path) is not { } held)
        {
            return null;
        }

        _held.Remove(held.Listed.Status.Birth);
        _budget!.GiveUp();
        return held.File;
    }

    /// <summary>After a look: holds the files that are undecided now, as far as there are descriptors, and closes those that are not.</summary>
    public void Keep(Look look, LookResult result, FileBudget budget)
    {
        _budget = budget;
        var undecided = new Dictionary<FileBirth, SeenFile>();
        foreach (var (file, _, _, _) in result.Files.Where(f => f.Verdict == Verdict.Undecided && f.File is { Role: NameRole.Other, IsGzip: false }))
        {
            undecided.TryAdd(file.Status.Birth, file);
        }

        foreach (var (birth, held) in _held.Where(pair => !undecided.ContainsKey(pair.Key)).ToList())
        {
            _held.Remove(birth);
            held.File.Dispose();
            budget.GiveUp();
        }

        foreach (var (birth, file) in undecided.Where(pair => !_held.ContainsKey(pair.Key)))
        {
            if (budget.HasRoom && look.Files.Open(file.Path, file.Status.Inode, isGzip: false) is not null && look.Files.Take(file.Path) is { } opened)
            {
                _held.Add(birth, new HeldFile(look.ListedOf(file), opened));
                budget.Take();
            }
        }
    }

    public void Dispose()
    {
        foreach (var held in _held.Values)
        {
            held.File.Dispose();
            _budget!.GiveUp();
        }

        _held.Clear();
    }

    private HeldFile? Held(string path) => _held.Count == 0 ? null : _held.Values.FirstOrDefault(held => held.DeletedPath == path);
}
