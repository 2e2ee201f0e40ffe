using Collector.Testing.Mix;
using Collector.Testing.Node;

namespace Collector.Torture.Apps;

/// <summary>
/// Applications that write files of their own, on a thread of its own: each log is put aside in another way. Nothing that is
/// not stored is taken away, so every line is to be stored, once, in order.
/// </summary>
internal sealed class AppFiles : IDisposable
{
    private const int LinesAtOnce = 20, Kept = 4, LookEveryMs = 400;
    private const double PutAsideChance = 0.05, ReopenChance = 0.3, CompressChance = 0.1, DeleteChance = 0.1;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(15);

    private readonly SeededRandom _random;
    private readonly Standstill _standstill;
    private readonly StoredProof _proof;
    private readonly (string Name, AppLog Log)[] _logs;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly SortedDictionary<string, int> _done = new(StringComparer.Ordinal);
    private long _lookedAt;
    private Exception? _failure;

    public AppFiles(Workspace workspace, Ledger ledger, Standstill standstill, SeededRandom random)
    {
        (_random, _standstill) = (random, standstill);
        var writers = Habits.All.Keys.ToDictionary(n => n, n => ledger.AddFile(n, Habits.IsJson(n) ? Workspace.Events : Workspace.Apps));
        _proof = new StoredProof(workspace, [Outputs.Default, Outputs.S3, Outputs.Dated], [.. writers.Values]);
        _logs = [.. writers.Select(w => (w.Key, Make(workspace, w.Value, random)))];
        _thread = new Thread(Guard) { Name = "application files", IsBackground = true };
    }

    /// <summary>How often each log was put aside, and what else was done.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    public void Start() => _thread.Start();

    public void Stop()
    {
        _stop.Cancel();
        _thread.Join();
        if (_failure is not null) throw new InvalidOperationException("Writing application files failed.", _failure);
    }

    public void Dispose()
    {
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join();
        Array.ForEach(_logs, l => l.Log.Dispose());
        _stop.Dispose();
    }

    private AppLog Make(Workspace workspace, LedgerWriter writer, SeededRandom random)
    {
        string directory = Path.Combine(workspace.FilesOf(writer.LogSource!), writer.Identity.Container);
        Directory.CreateDirectory(directory);
        return new AppLog(directory, writer, new AppLines(random.Fork(), writer.Number, writer.LogSource == Workspace.Events), IsStored);
    }

    private void Guard()
    {
        try
        {
            while (!_stop.Token.WaitHandle.WaitOne(Step))
            {
                _standstill.Pass();
                (string name, AppLog log) = _logs[_random.Below(_logs.Length)];
                Work(name, log);
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Work(string name, AppLog log)
    {
        log.Write(_random.Between(1, LinesAtOnce));
        if (_random.Chance(ReopenChance)) log.Reopen();
        if (_random.Chance(PutAsideChance) && Habits.All[name](log, _random)) Count(name);
        if (Habits.IsCompressed(name) && _random.Chance(CompressChance) && log.TryCompress(keepsNewest: _random.Chance(0.5))) Count("gzip");
        if (_random.Chance(DeleteChance) && log.TryDeleteOldest(Kept)) Count("deleted");
    }

    private void Count(string what) => _done[what] = _done.GetValueOrDefault(what) + 1;

    private bool IsStored(LedgerWriter writer, uint from, uint to)
    {
        string[] outputs = writer.LogSource == Workspace.Events ? [Outputs.Default, Outputs.S3, Outputs.Dated] : [Outputs.Default, Outputs.S3];
        bool Has() => outputs.All(o => _proof.HasAll(o, writer, RuntimeStream.Stdout, from, to));
        if (Has()) return true;
        if (Environment.TickCount64 - _lookedAt < LookEveryMs) return false;
        _proof.Look();
        _lookedAt = Environment.TickCount64;
        return Has();
    }
}
