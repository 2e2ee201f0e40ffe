using Collector.Pipeline.Cri;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The lines before an offset whose record is incomplete there: a run of partial lines (CRI's <c>P</c>, Docker's without a
/// newline). An output that begins at the offset reads them, so that the record is stored whole.
/// </summary>
internal static class OpenRuns
{
    /// <summary>Four parts of the runtimes' 16 KiB: longer runs are rare.</summary>
    private const int FirstWindow = 64 * 1024;

    /// <summary>A run that is longer is joined from there on.</summary>
    private const int LargestWindow = 4 << 20;

    /// <param name="file">A container's file.</param>
    /// <param name="end">After a newline, or 0.</param>
    public static IntervalSet Before(SourceFile file, long end)
    {
        for (var window = FirstWindow; ; window *= 4)
        {
            var from = Math.Max(0, end - window);
            var scan = new RunScan();
            scan.Read(file, from, end);
            if (from == 0 || scan.IsWhole || window >= LargestWindow)
            {
                return scan.Open;
            }
        }
    }

    /// <summary>One pass over a window.</summary>
    private sealed class RunScan
    {
        private readonly Dictionary<LogStream, (bool IsWhole, List<(long From, long To)> Lines)> _runs = [];

        /// <summary>The first line of every open run was seen.</summary>
        public bool IsWhole => _runs.Values.All(r => r.Lines.Count == 0 || r.IsWhole);

        public IntervalSet Open
        {
            get
            {
                var open = new IntervalSet();
                foreach (var (from, to) in _runs.Values.SelectMany(r => r.Lines))
                {
                    open.Add(from, to);
                }

                return open;
            }
        }

        public void Read(SourceFile file, long from, long end)
        {
            var bytes = new byte[end - from];
            var rest = bytes.AsSpan(0, file.Read(bytes, from));
            using var scratch = new ByteBuffer();
            // The window may begin within a line.
            var at = from == 0 ? 0 : rest.IndexOf((byte)'\n') + 1;
            while (rest[at..].IndexOf((byte)'\n') is var length and >= 0)
            {
                Add(rest.Slice(at, length), scratch, from + at);
                at += length + 1;
            }
        }

        private void Add(ReadOnlySpan<byte> line, ByteBuffer scratch, long at)
        {
            LogStream stream;
            bool isPartial;
            if (CriLine.TryParse(line, out var cri))
            {
                (stream, isPartial) = (cri.Stream, cri.IsPartial);
            }
            else if (DockerLine.TryParse(line, scratch, out var docker))
            {
                (stream, isPartial) = (docker.Stream, docker.IsPartial);
            }
            else
            {
                return;
            }

            if (!isPartial)
            {
                _runs[stream] = (true, []);
            }
            else if (_runs.TryGetValue(stream, out var run))
            {
                run.Lines.Add((at, at + line.Length + 1));
            }
            else
            {
                _runs[stream] = (false, [(at, at + line.Length + 1)]);
            }
        }
    }
}
