using Collector.Simulation.World;
using Collector.Testing.Storage;

namespace Collector.Simulation.Running;

/// <summary>The next action of a sort: what is written, how it is rotated, tidied up, what befalls a pod, how the collector lives.</summary>
internal sealed class ActionChoices(ActionList list)
{
    private static readonly string[] s_labels = ["blue", "green"];
    private readonly string _favouriteForm = list.Pick(RotatedNames.OfFiles);
    private readonly int _upShare = list.Random.Next(30, 90);

    /// <summary>Verb and target of what is switched off: the next switch is back on.</summary>
    private readonly HashSet<string> _switched = new(StringComparer.Ordinal);

    public void Write(string target)
    {
        switch (list.Random.Next(20))
        {
            case < 10:
                list.Add("write", target, list.Random.Next(1, 6), list.Chance(20) ? "stderr" : "");
                break;
            case < 13:
                list.Add("banner", target, 0, list.Pick((string[])["short", "long", "equal"]));
                break;
            case < 15:
                list.Add("begin", target);
                break;
            case < 17:
                list.Add("partial", target, 0, list.Chance(30) ? "stderr" : "");
                break;
            case 17 when list.Chance(50):
                list.Add("end", target);
                break;
            case 17:
                list.Add("job", target, list.Random.Next(3), list.Pick((string[])["short", "long", "equal"]));
                break;
            case 18:
                list.Add("long", target);
                break;
            default:
                list.Add(list.Chance(25) ? "flood" : "write", target, 2);
                break;
        }
    }

    public string FormFor(string target) =>
        target[0] == 'f' && list.Chance(60) ? _favouriteForm : list.Pick(RotatedNames.Of(target));

    public void Rotate(string target, string form)
    {
        switch (list.Random.Next(20))
        {
            case < 8:
                list.Add("rotate", target, list.Chance(30) ? 1 : 0, form);
                break;
            case < 10:
                list.Add("rename", target, 0, form);
                break;
            case < 12:
                list.Add("reopen", target, 0, list.Chance(50) ? "nocreate" : "");
                break;
            case < 15:
                list.Add("copytruncate", target, 0, form);
                break;
            case 15:
                list.Add("copy", target, 0, form);
                break;
            case 16:
                list.Add("undo", target);
                break;
            default:
                list.Add("truncate", target);
                break;
        }
    }

    public void Tidy(string target)
    {
        switch (list.Random.Next(20))
        {
            case < 6:
                list.Add("gzip", target, list.Random.Next(3));
                break;
            case < 8:
                list.Add("damage", target);
                break;
            case 8:
                list.Add("xz", target);
                break;
            case < 12:
                list.Add("delete", target);
                break;
            case 12:
                list.Add("unlink", target);
                break;
            case < 15:
                list.Add("backup", target, 0, list.Chance(50) ? "bak" : "copy");
                break;
            case < 17:
                list.Add("replace", target);
                break;
            case 17:
                list.Add("link", target);
                break;
            case 18:
                list.Add("shrink", target);
                break;
            default:
                list.Add("othersdisk");
                break;
        }
    }

    public void OfContainer(string target)
    {
        switch (list.Random.Next(20))
        {
            case < 6:
                list.Add("restart", target);
                break;
            case < 10:
                list.Add("label", target, 0, list.Pick(s_labels));
                break;
            case < 14:
                list.Add("exclude", target, 0, Switch($"exclude {target}") ? "yes" : "no");
                break;
            case < 19:
                list.Add("want", target, 0, Switch($"want {target}") ? "no" : "yes");
                break;
            default:
                list.Add("poddelete", target);
                break;
        }
    }

    /// <summary>The collector's own life.</summary>
    public void Live()
    {
        if (list.Chance(_upShare))
        {
            list.Add("start");
            return;
        }

        switch (list.Random.Next(10))
        {
            case < 3:
                list.Add("stop");
                break;
            case < 6:
                list.Add("kill");
                break;
            case < 8:
                list.Add("power", list.Chance(30) ? list.Pick(list.Targets) : "", list.Random.Next(1, 4));
                break;
            default:
                list.Add("crash", "", list.Random.Next(1, 25), list.Pick((string[])[nameof(DiskFault.CrashBefore), nameof(DiskFault.CrashInside), nameof(DiskFault.CrashAfter)]));
                break;
        }
    }

    private bool Switch(string what) => _switched.Add(what) || !_switched.Remove(what);
}
