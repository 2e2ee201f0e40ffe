using Collector.Simulation.Agent;
using Collector.Simulation.World;
using Collector.Testing.Storage;

namespace Collector.Simulation.Running;

/// <summary>
/// Makes a list of actions from a seed. A run is about a few logs, one way of rotating and one way of dying, more than a
/// uniform choice would have it: deep combinations come from repetition.
/// </summary>
internal sealed class ActionGenerator
{
    private static readonly string[] s_labels = ["blue", "green"];
    private static readonly int[] s_times = [300, 1_000, 2_000, 7_000, 15_000, 40_000, 100_000];
    private readonly Random _random;
    private readonly List<SimulationAction> _actions = [];
    private readonly List<string> _targets;
    private readonly string _favouriteForm;
    private readonly int _upShare;
    private readonly int[] _weights;

    /// <summary>Verb and target of what is switched off: the next switch is back on.</summary>
    private readonly HashSet<string> _switched = new(StringComparer.Ordinal);

    private ActionGenerator(int seed)
    {
        _random = new Random(seed);
        var all = Enumerable.Range(0, NodeWorld.FileCount).Select(i => $"f{i}").Concat(Enumerable.Range(0, NodeWorld.ContainerCount).Select(i => $"c{i}")).ToArray();
        _random.Shuffle(all);
        _targets = [.. all.Take(_random.Next(1, 5))];
        _favouriteForm = Pick(RotatedNames.OfFiles);
        _upShare = _random.Next(30, 90);
        _weights = [30, Chance(20) ? 0 : _random.Next(5, 40), Chance(20) ? 0 : _random.Next(2, 15), _random.Next(2, 25), 18, _random.Next(5, 20), 4];
    }

    public static Trace Make(int seed)
    {
        var generator = new ActionGenerator(seed);
        generator.Configure();
        var count = generator._random.Next(40, 80);
        while (generator._actions.Count < count)
        {
            generator.Next();
        }

        return new Trace(seed, generator._actions);
    }

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    private bool Chance(int percent) => _random.Next(100) < percent;

    private void Add(string verb, string target = "", int number = 0, string word = "") => _actions.Add(new SimulationAction(verb, target, number, word));

    private void Configure()
    {
        Add("config", "outputs", _random.Next(1, 3));
        Add("config", "prefix", 0, Pick((string[])["pod", "pod", "label", "shared", "dated"]));
        Add("config", "glob", 0, Pick(Enum.GetNames<FileGlob>()));
        Add("config", "maxage", Pick((int[])[5, 20, 60, 120]));
        if (Chance(25))
        {
            Add("config", "startat", 0, "end");
        }

        if (Chance(40))
        {
            Add("config", "match", 0, "label");
        }

        if (Chance(70))
        {
            Add("start");
        }
    }

    private void Next()
    {
        var target = Pick(_targets);
        switch (Category())
        {
            case 0:
                Write(target);
                break;
            case 1:
                Rotate(target, FormFor(target));
                break;
            case 2:
                Tidy(target);
                break;
            case 3:
                OfContainer(target);
                break;
            case 4:
                Add("run", number: Pick(s_times));
                break;
            case 5:
                Live();
                break;
            default:
                Seldom();
                break;
        }
    }

    /// <summary>A run is about rotation, or pods, or the collector's lives, more than about the others.</summary>
    private int Category()
    {
        var at = _random.Next(_weights.Sum());
        for (var i = 0; ; i++)
        {
            at -= _weights[i];
            if (at < 0)
            {
                return i;
            }
        }
    }

    private void Write(string target)
    {
        switch (_random.Next(20))
        {
            case < 10:
                Add("write", target, _random.Next(1, 6), Chance(20) ? "stderr" : "");
                break;
            case < 13:
                Add("banner", target, 0, Pick((string[])["short", "long", "equal"]));
                break;
            case < 15:
                Add("begin", target);
                break;
            case < 17:
                Add("partial", target, 0, Chance(30) ? "stderr" : "");
                break;
            case 17:
                Add("end", target);
                break;
            case 18:
                Add("long", target);
                break;
            default:
                Add(Chance(25) ? "flood" : "write", target, 2);
                break;
        }
    }

    private string FormFor(string target) =>
        target[0] == 'f' && Chance(60) ? _favouriteForm : Pick(RotatedNames.Of(target));

    private void Rotate(string target, string form)
    {
        switch (_random.Next(20))
        {
            case < 8:
                Add("rotate", target, Chance(30) ? 1 : 0, form);
                break;
            case < 10:
                Add("rename", target, 0, form);
                break;
            case < 12:
                Add("reopen", target, 0, Chance(50) ? "nocreate" : "");
                break;
            case < 15:
                Add("copytruncate", target, 0, form);
                break;
            case 15:
                Add("copy", target, 0, form);
                break;
            case 16:
                Add("undo", target);
                break;
            default:
                Add("truncate", target);
                break;
        }
    }

    private void Tidy(string target)
    {
        switch (_random.Next(20))
        {
            case < 6:
                Add("gzip", target, _random.Next(2));
                break;
            case < 8:
                Add("damage", target);
                break;
            case < 12:
                Add("delete", target);
                break;
            case 12:
                Add("unlink", target);
                break;
            case < 15:
                Add("backup", target, 0, Chance(50) ? "bak" : "copy");
                break;
            case < 17:
                Add("replace", target);
                break;
            case 17:
                Add("link", target);
                break;
            case 18:
                Add("shrink", target);
                break;
            default:
                Add("othersdisk");
                break;
        }
    }

    private void OfContainer(string target)
    {
        switch (_random.Next(20))
        {
            case < 6:
                Add("restart", target);
                break;
            case < 10:
                Add("label", target, 0, Pick(s_labels));
                break;
            case < 14:
                Add("exclude", target, 0, Switch($"exclude {target}") ? "yes" : "no");
                break;
            case < 19:
                Add("want", target, 0, Switch($"want {target}") ? "no" : "yes");
                break;
            default:
                Add("poddelete", target);
                break;
        }
    }

    private bool Switch(string what) => _switched.Add(what) || !_switched.Remove(what);

    /// <summary>The collector's own life.</summary>
    private void Live()
    {
        if (Chance(_upShare))
        {
            Add("start");
            return;
        }

        switch (_random.Next(10))
        {
            case < 3:
                Add("stop");
                break;
            case < 6:
                Add("kill");
                break;
            case < 8:
                Add("power", Chance(30) ? Pick(_targets) : "", _random.Next(1, 4));
                break;
            default:
                Add("crash", "", _random.Next(1, 25), Pick((string[])[nameof(DiskFault.CrashBefore), nameof(DiskFault.CrashInside), nameof(DiskFault.CrashAfter)]));
                break;
        }
    }

    private void Seldom()
    {
        switch (_random.Next(10))
        {
            case < 6:
                Add("store", "", 0, Pick((string[])[nameof(StoreMood.Healthy), nameof(StoreMood.Refuses), nameof(StoreMood.LosesAnswer), nameof(StoreMood.Kills)]));
                break;
            case 6:
                Add("sync");
                break;
            case 7:
                Add("cycle");
                break;
            case 8:
                Add("clock", "", Chance(50) ? 3_600 : -3_600);
                break;
            default:
                Add("config", "glob", 0, Pick(Enum.GetNames<FileGlob>()));
                break;
        }
    }
}
