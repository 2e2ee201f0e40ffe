using Collector.Reading.Decoding;

namespace Collector.Reading;

/// <summary>
/// The bodies that are open, each at some line. Blocks of an object that are read in their stored order cost one request, and are
/// decoded once. The body that was not used for the longest time is closed for another one.
/// </summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="most">Bodies that are open at once.</param>
internal sealed class OpenBodies(ObjectFetcher fetcher, int most) : IDisposable
{
    /// <summary>The text that is rather decoded for nothing than requested again, in blocks.</summary>
    private const int FewBlocks = 4;

    /// <summary>The most recently used is the last.</summary>
    private readonly List<Body> _open = [];

    /// <summary>The lines of an object from the beginning of a block on; not for long, the next call may close them.</summary>
    public async Task<LineSplitter> OpenAsync(Block block, int blockText, CancellationToken cancellation)
    {
        var from = Math.Min(block.Begin.Text, block.At - ((long)FewBlocks * blockText));
        var body = _open.Where(one => one.Key == block.Item.Stored.Key && one.At >= from && one.At <= block.At).MaxBy(one => one.At);
        if (body is null)
        {
            if (_open.Count == most)
                Close(_open[0]);
            var stored = await fetcher.OpenFromAsync(block.Item.Stored, block.Begin.Body, cancellation).ConfigureAwait(false);
            body = new Body(block.Item.Stored.Key, block.Begin.Text, new LineSplitter(BodyDecoder.Open(block.Item.Name.Compression, stored)));
        }

        _open.Remove(body);
        _open.Add(body);
        body.Lines.SkipTo(block.At - body.Begin);
        return body.Lines;
    }

    public void Dispose() => _open.ForEach(one => one.Lines.Dispose());

    private void Close(Body body)
    {
        _open.Remove(body);
        body.Lines.Dispose();
    }

    /// <param name="Key">The object's.</param>
    /// <param name="Begin">Where decoding began in its text.</param>
    /// <param name="Lines">Its lines from there on.</param>
    private sealed record Body(string Key, long Begin, LineSplitter Lines)
    {
        public long At => Begin + Lines.NextAt;
    }
}
