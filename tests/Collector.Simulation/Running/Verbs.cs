using Collector.Simulation.Agent;
using Collector.Simulation.World;
using Collector.Testing.Storage;

namespace Collector.Simulation.Running;

/// <summary>What every verb of a trace does.</summary>
internal sealed class Verbs
{
    private static readonly TimeSpan FineStep = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CoarseStep = TimeSpan.FromSeconds(1);

    /// <summary>What only other processes than the collector's do, to files alone.</summary>
    private static readonly string[] s_interrupting =
    [
        "write", "flood", "long", "banner", "job", "begin", "partial", "end", "rename", "reopen", "rotate", "copy", "truncate", "copytruncate", "shrink",
        "backup", "gzip", "xz", "damage", "delete", "unlink", "replace", "link", "undo", "restart", "poddelete",
    ];

    private readonly NodeWorld _world;
    private readonly CollectorLives _lives;
    private readonly Writers _writers;
    private readonly Rotators _rotators;
    private readonly Compressors _compressors;
    private readonly Kubelet _kubelet;
    private readonly Dictionary<string, Action<LogTarget, SimulationAction>> _ofTargets;
    private readonly Dictionary<string, Action<SimulationAction>> _ofTheNode;

    /// <summary>After so many calls of the collector to the source tree the next action happens; 0: at once.</summary>
    private int _calls;

    public Verbs(NodeWorld world, CollectorLives lives, Writers writers)
    {
        (_world, _lives, _writers) = (world, lives, writers);
        _rotators = new Rotators(world, writers);
        _compressors = new Compressors(world);
        _kubelet = new Kubelet(world, writers);
        _ofTargets = OfTargets();
        _ofTheNode = OfTheNode();
    }

    public void Do(SimulationAction action)
    {
        if (_ofTheNode.TryGetValue(action.Verb, out var ofTheNode))
        {
            ofTheNode(action);
        }
        else if (!_ofTargets.TryGetValue(action.Verb, out var ofTarget))
        {
            throw new FormatException($"\"{action.Verb}\" is no verb");
        }
        else if (_calls > 0 && s_interrupting.Contains(action.Verb, StringComparer.Ordinal))
        {
            _lives.Interrupt(_calls, () => DoTo(action, ofTarget));
            _calls = 0;
        }
        else
        {
            DoTo(action, ofTarget);
        }
    }

    private void DoTo(SimulationAction action, Action<LogTarget, SimulationAction> verb)
    {
        if (_world.Targets.TryGetValue(action.Target, out var target) && !target.IsDeleted)
        {
            verb(target, action);
        }
    }

    public static TimeSpan StepOf(TimeSpan time) => time > TimeSpan.FromSeconds(10) ? CoarseStep : FineStep;

    private Dictionary<string, Action<LogTarget, SimulationAction>> OfTargets() => new(StringComparer.Ordinal)
    {
        ["write"] = (t, a) => _writers.Write(t, a.Number, a.Word == "stderr" && t.IsContainer ? "stderr" : "stdout"),
        ["flood"] = (t, _) => _writers.Flood(t),
        ["long"] = (t, _) => _writers.Long(t),
        ["banner"] = (t, a) => _writers.Banner(t, a.Word),
        ["job"] = (t, a) => _writers.Job(t, a.Number, a.Word),
        ["begin"] = (t, _) => _writers.Begin(t),
        ["partial"] = (t, a) => _writers.Partial(t, a.Word == "stderr" ? "stderr" : "stdout"),
        ["end"] = (t, _) => _writers.End(t),
        ["rename"] = (t, a) => _rotators.Rename(t, a.Word),
        ["reopen"] = (t, a) => _rotators.Reopen(t, a.Word != "nocreate"),
        ["rotate"] = (t, a) =>
        {
            if (_rotators.Rename(t, a.Word))
            {
                _rotators.Reopen(t, creates: a.Number == 0);
            }
        },
        ["copy"] = (t, a) => _rotators.Copy(t, a.Word),
        ["truncate"] = (t, _) => _rotators.Truncate(t),
        ["copytruncate"] = (t, a) =>
        {
            _rotators.Copy(t, a.Word);
            _rotators.Truncate(t);
        },
        ["shrink"] = (t, _) => _rotators.Shrink(t),
        ["backup"] = (t, a) => _rotators.Backup(t, a.Word),
        ["gzip"] = (t, a) => _compressors.Gzip(t, throughTemporary: a.Number == 2, a.Number == 0 ? () => { } : _lives.CycleBeside),
        ["xz"] = (t, _) => _compressors.Xz(t),
        ["damage"] = (t, _) => _compressors.Damage(t),
        ["delete"] = (t, _) => _rotators.DeleteOldest(t),
        ["unlink"] = (t, _) => _rotators.DeleteLive(t),
        ["replace"] = (t, _) => _rotators.Replace(t),
        ["link"] = (t, _) => _rotators.Link(t),
        ["undo"] = (t, _) => _rotators.Undo(t),
        ["restart"] = (t, _) => _kubelet.Restart(t),
        ["poddelete"] = (t, _) => _kubelet.Delete(t),
        ["label"] = (t, a) => Change(t, () => t.Label = a.Word),
        ["want"] = (t, a) =>
        {
            Change(t, () => t.IsWanted = a.Word == "yes");
            if (t.IsWanted)
            {
                _world.DoubtLatest(t);
            }
        },
        ["exclude"] = (t, a) =>
        {
            if (a.Word == "yes")
            {
                _world.DoubtBehindEarlierLife(t);
            }

            Change(t, () => t.IsExcluded = a.Word == "yes");
            if (!t.IsExcluded)
            {
                _world.DoubtLatest(t);
            }
        },
    };

    private Dictionary<string, Action<SimulationAction>> OfTheNode() => new(StringComparer.Ordinal)
    {
        ["config"] = a => _lives.Next = Configure(_lives.Next, a),
        ["start"] = _ => _lives.Start(),
        ["stop"] = _ => _lives.Stop(),
        ["kill"] = _ => _lives.Kill(),
        ["power"] = a =>
        {
            _lives.LosePower();
            if (_world.Targets.TryGetValue(a.Target, out var target))
            {
                // After a power failure every container starts again: nothing is appended to what lost its tail.
                _rotators.LoseTail(target, a.Number);
                _kubelet.StartAgain(target);
            }
        },
        ["crash"] = a => _lives.CrashAt(a.Number, Enum.Parse<DiskFault>(a.Word)),
        ["fault"] = a => _lives.FailAt(a.Number, Enum.Parse<DiskFault>(a.Word)),
        ["outage"] = a => _lives.LosePowerAt(a.Number, Enum.Parse<DiskFault>(a.Word)),
        ["disk"] = a => _lives.LeaveFree(a.Word == "full" ? a.Number : null),
        ["run"] = a => _lives.Run(TimeSpan.FromMilliseconds(a.Number), StepOf(TimeSpan.FromMilliseconds(a.Number))),
        ["cycle"] = _ => _lives.Cycle(),
        ["sync"] = _ => _lives.Sync(),
        ["clock"] = a => _world.StepWallClock(TimeSpan.FromSeconds(a.Number)),
        ["store"] = a => SetMood(a.Word),
        ["amid"] = a => _calls = a.Number,
        ["othersdisk"] = _ => _kubelet.MoveToAnotherDisk(),
    };

    private void Change(LogTarget target, Action change)
    {
        _writers.End(target);
        if (target.IsContainer)
        {
            _world.Pods.Change(target, change);
            _lives.MetadataChanged(target);
        }
    }

    private void SetMood(string word)
    {
        foreach (var store in _lives.Stores)
        {
            store.Mood = Enum.Parse<StoreMood>(word);
        }
    }

    private static AgentSettings Configure(AgentSettings settings, SimulationAction action) => action.Target switch
    {
        "outputs" => settings with { Outputs = Math.Clamp(action.Number, 1, 2) },
        "prefix" => settings with { KeyPrefix = KeyPrefixes.Of(action.Word) },
        "glob" => settings with { Files = Enum.Parse<FileGlob>(action.Word) },
        "startat" => settings with { FilesStartAtEnd = action.Word == "end" },
        "maxage" => settings with { MaxAge = TimeSpan.FromSeconds(action.Number) },
        "match" => settings with { MatchesLabel = action.Word == "label" },
        _ => throw new FormatException($"\"{action.Target}\" cannot be configured"),
    };
}
