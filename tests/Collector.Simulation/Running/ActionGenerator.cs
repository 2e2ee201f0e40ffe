using Collector.Simulation.Agent;

namespace Collector.Simulation.Running;

/// <summary>
/// Makes a list of actions from a seed. A run is about a few logs, one way of rotating and one way of dying, more than a
/// uniform choice would have it: deep combinations come from repetition. Some runs have a theme besides.
/// </summary>
internal sealed class ActionGenerator
{
    private const int ThemedPercent = 40;
    private static readonly int[] s_times = [300, 1_000, 2_000, 7_000, 15_000, 40_000, 100_000];
    private readonly ActionList _list;
    private readonly ActionChoices _choices;
    private readonly int[] _weights;

    private ActionGenerator(int seed)
    {
        _list = new ActionList(seed);
        _choices = new ActionChoices(_list);
        _weights =
        [
            30,
            _list.Chance(20) ? 0 : _list.Random.Next(5, 40),
            _list.Chance(20) ? 0 : _list.Random.Next(2, 15),
            _list.Random.Next(2, 25),
            18,
            _list.Random.Next(5, 20),
            4,
        ];
    }

    public static Trace Make(int seed)
    {
        var generator = new ActionGenerator(seed);
        var list = generator._list;
        var count = list.Random.Next(40, 80);
        var theme = list.Chance(ThemedPercent) ? new Themes(list) : null;
        generator.Configure();
        theme?.Configure();
        if (list.Chance(70))
        {
            list.Add("start");
        }

        while (list.Actions.Count < count)
        {
            if (theme is not null && list.Chance(15))
            {
                theme.Next();
            }
            else
            {
                generator.Next();
            }
        }

        return DiskTroubles.In(new Trace(seed, list.Actions));
    }

    private void Configure()
    {
        _list.Add("config", "outputs", _list.Random.Next(1, 3));
        _list.Add("config", "prefix", 0, _list.Pick((string[])["pod", "pod", "label", "shared", "dated"]));
        _list.Add("config", "glob", 0, _list.Pick(Enum.GetNames<FileGlob>()));
        _list.Add("config", "maxage", _list.Pick((int[])[5, 20, 60, 120]));
        if (_list.Chance(25))
        {
            _list.Add("config", "startat", 0, "end");
        }

        if (_list.Chance(40))
        {
            _list.Add("config", "match", 0, "label");
        }
    }

    private void Next()
    {
        var target = _list.Pick(_list.Targets);
        switch (Category())
        {
            case 0:
                _choices.Write(target);
                break;
            case 1:
                _choices.Rotate(target, _choices.FormFor(target));
                break;
            case 2:
                _choices.Tidy(target);
                break;
            case 3:
                _choices.OfContainer(target);
                break;
            case 4:
                _list.Add("run", number: _list.Pick(s_times));
                break;
            case 5:
                _choices.Live();
                break;
            default:
                Seldom();
                break;
        }
    }

    /// <summary>A run is about rotation, or pods, or the collector's lives, more than about the others.</summary>
    private int Category()
    {
        var at = _list.Random.Next(_weights.Sum());
        for (var i = 0; ; i++)
        {
            at -= _weights[i];
            if (at < 0)
            {
                return i;
            }
        }
    }

    private void Seldom()
    {
        switch (_list.Random.Next(10))
        {
            case < 6:
                _list.Add("store", "", 0, _list.Pick((string[])[nameof(StoreMood.Healthy), nameof(StoreMood.Refuses), nameof(StoreMood.LosesAnswer), nameof(StoreMood.Kills)]));
                break;
            case 6:
                _list.Add("sync");
                break;
            case 7:
                _list.Add("cycle");
                break;
            case 8:
                _list.Add("clock", "", _list.Chance(50) ? 3_600 : -3_600);
                break;
            default:
                _list.Add("config", "glob", 0, _list.Pick(Enum.GetNames<FileGlob>()));
                break;
        }
    }
}
