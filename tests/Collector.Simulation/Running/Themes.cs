using Collector.Simulation.World;

namespace Collector.Simulation.Running;

/// <summary>
/// Places that a random walk hardly comes to, because several things have to happen to one log in a row: what happens between
/// them, and when, is left to the walk.
/// </summary>
internal sealed class Themes
{
    private readonly ActionList _list;
    private readonly string _target;
    private readonly string _form;
    private readonly (Action Configure, Action Next) _theme;

    public Themes(ActionList list)
    {
        _list = list;
        _target = list.Pick(list.Targets);
        _form = list.Pick(RotatedNames.Of(_target));
        _theme = list.Pick(((Action, Action)[])
        [
            (() => { }, EqualHeads),
            (() => { }, EqualJobs),
            (() => { }, DamagedGzip),
            (ByLabel, Relabel),
            (ByDate, Relabel),
            (AtEnd, MovedFromTheBeginning),
            (() => { }, ManyCompressed),
            (AtEndOfManyCompressed, ManyCompressed),
        ]);
    }

    public void Configure() => _theme.Configure();

    public void Next() => _theme.Next();

    private void ByLabel() => _list.Add("config", "prefix", 0, _list.Pick((string[])["label", "shared", "shared"]));

    private void ByDate() => _list.Add("config", "prefix", 0, "dated");

    /// <summary>There is something in every log before the collector's very first start.</summary>
    private void AtEnd()
    {
        _list.Add("config", "startat", 0, "end");
        foreach (var target in _list.Targets)
        {
            _list.Add("write", target, _list.Random.Next(1, 4));
        }

        _list.Add("start");
    }

    private void AtEndOfManyCompressed()
    {
        _list.Add("config", "startat", 0, "end");
        Compress();
        _list.Add("start");
    }

    /// <summary>What is skipped of a compressed file has no known end, and many of them are more than a number holds.</summary>
    private void ManyCompressed()
    {
        var (hide, show) = _list.Chance(50) ? ("yes", "no") : ("no", "yes");
        var verb = hide == "yes" ? "exclude" : "want";
        if (_target[0] == 'c')
        {
            _list.Add(verb, _target, 0, hide);
            MaybeRun();
        }

        Compress();
        MaybeRun();
        if (_target[0] == 'c')
        {
            _list.Add(verb, _target, 0, show);
            MaybeRun();
        }

        _list.Add(_list.Pick((string[])["kill", "stop"]));
        _list.Add("start");
    }

    private void Compress()
    {
        for (var i = _list.Random.Next(8, 12); i > 0; i--)
        {
            _list.Add("write", _target, 1);
            _list.Add("rotate", _target, 0, _form);
            _list.Add("gzip", _target);
        }

        _list.Add("write", _target, 1);
    }

    /// <summary>Rotated files with the same lines, and the live one with them.</summary>
    private void EqualHeads()
    {
        var banner = _list.Pick((string[])["equal", "short", "long"]);
        for (var i = _list.Random.Next(2, 4); i > 0; i--)
        {
            _list.Add("banner", _target, 0, banner);
            MaybeRun();
            _list.Add("rotate", _target, 0, _form);
        }

        _list.Add("banner", _target, 0, banner);
        if (_list.Chance(50))
        {
            _list.Add("write", _target, 1);
        }
    }

    /// <summary>A job writes the same lines whenever it runs, and its file is removed, as a rule before it runs again.</summary>
    private void EqualJobs()
    {
        var target = _target[0] == 'f' ? _target : "f0";
        var (form, banner) = (_list.Random.Next(3), _list.Pick((string[])["equal", "short", "long"]));
        for (var i = _list.Random.Next(2, 4); i > 0; i--)
        {
            _list.Add("job", target, form, banner);
            MaybeRun();
            if (_list.Chance(80))
            {
                _list.Add("delete", target);
                MaybeRun();
            }

            if (_list.Chance(15))
            {
                _list.Add(_list.Pick((string[])["stop", "kill"]));
                _list.Add("start");
            }
        }
    }

    /// <summary>Lines enough that the compressed file has a middle to be damaged.</summary>
    private void DamagedGzip()
    {
        _list.Add("write", _target, 30);
        MaybeRun();
        _list.Add("rotate", _target, 0, _form);
        _list.Add("gzip", _target, _list.Random.Next(3));
        MaybeRun();
        _list.Add("damage", _target);
        _list.Add("write", _target, 3);
    }

    /// <summary>
    /// Another label, often another life of the container, and a power failure: all within the interval of syncing, so that it
    /// may take what went to the old prefix, and leave what went to the new one.
    /// </summary>
    private void Relabel()
    {
        var containers = _list.Targets.Where(t => t[0] == 'c').ToList();
        var target = containers.Count > 0 ? _list.Pick(containers) : "c0";
        _list.Add("start");
        _list.Add("write", target, _list.Random.Next(1, 5));

        // A container's end seals, and makes durable, the chunks that nobody else writes to.
        _list.Add("write", Neighbour(target), 1);
        RunShortly();
        _list.Add("label", target, 0, OtherLabel(target));
        if (_list.Chance(60))
        {
            _list.Add("restart", target);
        }

        _list.Add("write", target, _list.Random.Next(1, 5));
        RunShortly();
        if (_list.Chance(20))
        {
            _list.Add("label", target, 0, OtherLabel(target));
            _list.Add("write", target, 1);
            RunShortly();
        }

        _list.Add("power", _list.Chance(20) ? target : "", _list.Random.Next(1, 4));
        if (_list.Chance(30))
        {
            _list.Add("label", target, 0, OtherLabel(target));
        }

        _list.Add("start");
    }

    /// <summary>Another container, with the same label if there is one.</summary>
    private string Neighbour(string target)
    {
        var others = _list.All.Where(t => t[0] == 'c' && t != target).ToList();
        var equal = others.FindAll(t => LabelOf(t) == LabelOf(target));
        return _list.Pick(equal.Count > 0 ? equal : others);
    }

    private string LabelOf(string target) => _list.Actions.LastOrDefault(a => a.Verb == "label" && a.Target == target)?.Word ?? "blue";

    private string OtherLabel(string target) => LabelOf(target) == "blue" ? "green" : "blue";

    /// <summary>Long enough to be read, the next life of a container with its link too, and mostly too short for a sync.</summary>
    private void RunShortly() => _list.Add("run", number: _list.Pick((int[])[1_000, 1_000, 2_000]));

    /// <summary>What was passed over is renamed, compressed, copied and truncated.</summary>
    private void MovedFromTheBeginning()
    {
        MaybeRun();
        _list.Add(_list.Pick((string[])["rotate", "rename", "copytruncate"]), _target, 0, _form);
        MaybeRun();
        if (_list.Chance(40))
        {
            _list.Add("gzip", _target, _list.Random.Next(3));
        }

        _list.Add("write", _target, _list.Random.Next(1, 4));
    }

    private void MaybeRun()
    {
        if (_list.Chance(60))
        {
            _list.Add("run", number: _list.Pick((int[])[300, 1_000, 7_000, 15_000]));
        }
    }
}
