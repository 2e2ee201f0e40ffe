using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The very first start of outputs: existing content is skipped if the source says <c>startAt: end</c>, or another agent has read
/// it (DESIGN.md, Taking over), and that is durable before anything is read. Owned by the tail worker.
/// </summary>
internal sealed partial class FirstStart(Output[] outputs, HandOver? handOver, Follower follower, Parking parking, ILogger logger)
{
    private readonly HandedPlaces _places = new(handOver?.Positions ?? []);

    /// <summary>
    /// The beginnings of new outputs. They are found once: lines that are written while a full disk cannot note them are read.
    /// </summary>
    private readonly Dictionary<Output, Beginning> _beginnings = [];

    /// <summary>False: not all of it is durable, and it must be retried.</summary>
    public bool TryEnd(List<Chain> all)
    {
        var starting = Array.FindAll(outputs, o => !o.Buffer.Positions.FirstStartDone);
        var chains = starting.Length == 0 ? [] : all.FindAll(c => (c.Source.StartAt == StartAt.End || !_places.IsEmpty) && c.State != ChainState.Excluded);

        // While a folder is not settled, a rotation may hide a file, and the file would be read from its beginning later.
        if (!chains.TrueForAll(IsSettled))
        {
            return false;
        }

        foreach (var output in starting.Where(o => !_beginnings.ContainsKey(o)))
        {
            var beginning = BeginningOf(output, chains.FindAll(c => c.Outputs.Contains(output)));
            if (beginning.HasMissed)
            {
                return false;
            }

            _beginnings.Add(output, beginning);
        }

        return Array.TrueForAll(starting, output => _beginnings[output].TryTell(output.TryEndFirstStart)) && TrySetAside();
    }

    /// <summary>Positions that were used a second time would lead to wrong places, so they are put aside when all outputs have begun.</summary>
    private bool TrySetAside() => handOver is null || parking.Try("the positions of another agent", "putting them aside", handOver.SetAside);

    /// <summary>False: its folder must be looked at again first. A folder whose look fails is not waited for.</summary>
    private bool IsSettled(Chain chain)
    {
        var isSettled = chain.Folder.IsSettled;
        var isDone = isSettled || parking.Try(chain.Folder.Location, "listing the directory", () => isSettled = follower.Look(chain.Folder));
        return isSettled || !isDone;
    }

    /// <summary>
    /// A chain whose beginning cannot be found is read from its first byte, so that the others do not wait for it.
    /// </summary>
    private Beginning BeginningOf(Output output, List<Chain> chains)
    {
        var beginning = new Beginning(output);
        // For a source of which the other agent read nothing, startAt decides.
        var takenOver = _places.IsEmpty ? [] : chains.Where(_places.Knows).Select(c => c.Source).ToHashSet();
        foreach (var chain in chains)
        {
            if (takenOver.Contains(chain.Source))
            {
                parking.Try(chain.Location, "finding its first position", () => BeginAt(chain, beginning));
            }
            else if (chain.Source.StartAt == StartAt.End)
            {
                parking.Try(chain.Location, "finding its first position", () => beginning.Add(chain));
            }
        }

        return beginning;
    }

    private void BeginAt(Chain chain, Beginning beginning)
    {
        if (beginning.Add(chain, _places))
        {
            LogTakenOver(logger, LogText.Shorten(chain.Location));
        }
        else if (_places.Knows(chain))
        {
            LogOtherFile(logger, LogText.Shorten(chain.Location));
        }
        else
        {
            LogNew(logger, LogText.Shorten(chain.Location));
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} is read from where the other agent stopped")]
    private static partial void LogTakenOver(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is read from its beginning: the other agent left a position, but the file of that position is gone, or is shorter now; no line is lost, but lines that the other agent has stored are stored again; remove the older copies if this matters")]
    private static partial void LogOtherFile(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} is read from its beginning: the other agent left no position of it")]
    private static partial void LogNew(ILogger logger, string path);
}
