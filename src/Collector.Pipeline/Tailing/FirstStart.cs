namespace Collector.Pipeline.Tailing;

/// <summary>
/// The very first start of outputs: what is there then is skipped where the source says <c>startAt: end</c>, and that is durable
/// before anything is read. Owned by the tail worker.
/// </summary>
internal sealed class FirstStart(Output[] outputs, Follower follower, Parking parking)
{
    /// <summary>
    /// Where outputs begin that were never started before. It is found once: what is written while a full disk cannot note it is
    /// read.
    /// </summary>
    private readonly Dictionary<Output, Beginning> _beginnings = [];

    /// <summary>False: not all of it is durable, and it is to be tried again.</summary>
    public bool TryEnd(List<Chain> all)
    {
        var starting = Array.FindAll(outputs, o => !o.Buffer.Positions.FirstStartDone);
        var chains = starting.Length == 0 ? [] : all.FindAll(c => c.Source.StartAtEnd && c.State != ChainState.Excluded);

        // What a rotation hides now would be read from its beginning.
        if (!chains.TrueForAll(IsSettled))
        {
            return false;
        }

        foreach (var output in starting.Where(o => !_beginnings.ContainsKey(o)))
        {
            _beginnings.Add(output, BeginningOf(output, chains.FindAll(c => c.Outputs.Contains(output))));
        }

        return Array.TrueForAll(starting, output => _beginnings[output].TryTell(output.TryEndFirstStart));
    }

    /// <summary>False: its folder is to be looked at again first. One whose look fails is not waited for.</summary>
    private bool IsSettled(Chain chain)
    {
        var isSettled = chain.Folder.IsSettled;
        var isDone = isSettled || parking.Try(chain.Folder.Location, "looking at the directory", () => isSettled = follower.Look(chain.Folder));
        return isSettled || !isDone;
    }

    /// <summary>A chain whose beginning cannot be found is read from its first byte: the others are not to wait for it.</summary>
    private Beginning BeginningOf(Output output, List<Chain> chains)
    {
        var beginning = new Beginning(output);
        chains.ForEach(chain => parking.Try(chain.Location, "finding where it begins", () => beginning.Add(chain)));
        return beginning;
    }
}
