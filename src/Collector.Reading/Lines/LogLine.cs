using Collector.Pipeline.Records;
using Collector.Reading.Search;

namespace Collector.Reading.Lines;

/// <summary>A line to show. It owns its bytes.</summary>
public sealed class LogLine : IShown
{
    internal LogLine(in ParsedLine line, RecordTime merge, bool keepsRecord)
    {
        Stored = keepsRecord ? line.Stored.ToArray() : [];
        Text = line.Text.ToArray();
        Time = line.Time;
        Stream = line.Stream;
        Source = line.Source;
        IsText = line.IsText;
        MergeTime = merge;
    }

    /// <summary>As it is stored, without its newline; empty unless the search keeps records.</summary>
    public byte[] Stored { get; }

    /// <summary>The log line itself, without its newline.</summary>
    public byte[] Text { get; internal set; }

    /// <summary>Null: unknown.</summary>
    public RecordTime? Time { get; }

    /// <summary><c>stdout</c>, <c>stderr</c> or empty.</summary>
    public string Stream { get; }

    public Source Source { get; }

    /// <summary>Only context: the line itself does not match.</summary>
    public bool IsContext { get; internal init; }

    /// <summary>Lines were left out before it.</summary>
    public bool IsAfterGap { get; internal set; }

    bool IShown.IsAfterGap
    {
        set => IsAfterGap = value;
    }

    /// <summary>Stored as text: it is not a record, whatever it looks like.</summary>
    internal bool IsText { get; }

    /// <summary>The time for merging: its own, or the greatest before it in its sequence.</summary>
    internal RecordTime MergeTime { get; set; }

    /// <summary>The memory that it takes, approximately.</summary>
    internal int Size => Stored.Length + Text.Length + 160;
}
