using System.Runtime.InteropServices;
using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The records of one turn that count as read if an output takes them in the end: records that none takes will be read, and
/// counted, again. Records that an output had in an earlier run do not count in this run. Owned by the tail worker; no allocation
/// for a record.
/// </summary>
internal sealed class ReadCounter
{
    private readonly List<Counted> _records = [];
    private readonly List<int> _takers = [];
    private int _firstTaker;

    private readonly record struct Counted(Generation Generation, long From, long To, int Bytes, RecordCounts Counts, int FirstTaker, int LastTaker);

    /// <summary>Begins a record.</summary>
    public void Begin() => _firstTaker = _takers.Count;

    /// <summary>An output has the record in its batch.</summary>
    public void AddOutput(Output output) => _takers.Add(output.Index);

    /// <summary>Ends the record that was begun, if it has not been counted in an earlier pass.</summary>
    public void End(Generation generation, long from, long to, int bytes, RecordCounts counts, bool isNew)
    {
        if (isNew && _takers.Count > _firstTaker)
        {
            _records.Add(new Counted(generation, from, to, bytes, counts, _firstTaker, _takers.Count));
        }
    }

    /// <summary>Books the committed records, and starts again.</summary>
    /// <param name="figures">The source's figures.</param>
    /// <param name="remembers">There are other outputs, for which the same records may be read again.</param>
    public void Commit(SourceFigures figures, bool remembers)
    {
        foreach (ref readonly var record in CollectionsMarshal.AsSpan(_records))
        {
            if (!IsCommitted(record))
            {
                continue;
            }

            Add(figures, record.Bytes, record.Counts);
            if (remembers)
            {
                record.Generation.Counted.Add(record.From, record.To);
            }
        }

        Clear();
    }

    public void Clear()
    {
        _records.Clear();
        _takers.Clear();
    }

    /// <summary>One record of a source.</summary>
    public static void Add(SourceFigures figures, int bytes, RecordCounts counts)
    {
        figures.Records++;
        figures.Bytes += bytes;
        figures.Truncated += (counts & RecordCounts.Truncated) != RecordCounts.None ? 1 : 0;
        figures.Partial += (counts & RecordCounts.Partial) != RecordCounts.None ? 1 : 0;
        figures.Unparsed += (counts & RecordCounts.Unparsed) != RecordCounts.None ? 1 : 0;
        figures.TimeUnparsed += (counts & RecordCounts.TimeUnparsed) != RecordCounts.None ? 1 : 0;
        figures.InvalidUtf8 += (counts & RecordCounts.InvalidUtf8) != RecordCounts.None ? 1 : 0;
    }

    private bool IsCommitted(in Counted record)
    {
        for (var i = record.FirstTaker; i < record.LastTaker; i++)
        {
            if (record.Generation.Covered[_takers[i]].Contains(record.From, record.From + 1))
            {
                return true;
            }
        }

        return false;
    }
}
