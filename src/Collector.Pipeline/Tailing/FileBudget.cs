using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The descriptors that generations hold: all are handed out and returned here, so that their number is always known (I7). Owned by
/// the tail worker.
/// </summary>
/// <param name="limit">Above it a file is closed when its turn is over, unless it has no name.</param>
internal sealed class FileBudget(int limit)
{
    /// <summary>Descriptors held now.</summary>
    public int Held { get; private set; }

    public bool HasRoom => Held < limit;

    public void Open(Generation generation, SourceFile file)
    {
        Close(generation);
        generation.File = file;
        Held++;
    }

    /// <summary>A descriptor that no generation holds.</summary>
    public void Take() => Held++;

    /// <summary>It is closed, or given to a generation.</summary>
    public void GiveUp() => Held--;

    public void Close(Generation generation)
    {
        if (generation.File is { } file)
        {
            generation.File = null;
            file.Dispose();
            Held--;
        }
    }

    /// <summary>Gives a descriptor to another generation.</summary>
    public static void Move(Generation from, Generation to) => (to.File, from.File) = (from.File, null);

    /// <summary>Beyond the limit a chain keeps only the files that could not be opened again.</summary>
    public void CloseBeyondLimit(Chain chain) => chain.Generations.ForEach(CloseBeyondLimit);

    /// <summary>The same for one file that is finished for now: a turn may go through very many (S-132).</summary>
    public void CloseBeyondLimit(Generation generation)
    {
        if (Held > limit && generation is { File: not null, Name: not null, Links: > 0 })
        {
            Close(generation);
        }
    }
}
