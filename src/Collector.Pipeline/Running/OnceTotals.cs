using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Running;

/// <summary>The last line of <c>--once</c>, in words: what was done, and what is left and why.</summary>
internal static class OnceTotals
{
    /// <summary>What was done. Of outputs that are not configured, also what waits for them: that is no failure of this run.</summary>
    /// <param name="books">The final figures.</param>
    /// <param name="configured">Configured outputs.</param>
    /// <param name="unfinished">From <see cref="Unfinished"/>.</param>
    public static string Done(BooksSnapshot books, IReadOnlySet<string> configured, string unfinished)
    {
        var files = books.Tail.Open + books.Tail.Idle + books.Tail.Deleted;
        var outputs = books.Outputs.Select(o => o.Figures).ToList();
        return $"{Counted.Of(files, "file")} with {Counted.Of(books.Sources.Sum(s => s.Figures.Records), "record")} ({Fullness.Bytes(books.Sources.Sum(s => s.Figures.Bytes))}) were read; " +
            $"{Counted.Of(outputs.Sum(o => o.UploadedRecords), "record")} in {Counted.Of(outputs.Sum(o => o.UploadedObjects), "object")} ({Fullness.Bytes(outputs.Sum(o => o.UploadedBytes))}) were stored" +
            string.Concat(books.Outputs.Where(o => !configured.Contains(o.Book.Name) && o.Figures.BufferRecords.Total > 0)
                .Select(o => $"; {o.Figures.BufferRecords.Total} records wait on disk for output {o.Book.Name}, which is not configured")) +
            (unfinished.Length > 0 ? $"; {unfinished}" : "");
    }

    /// <summary>The lines without an end, which are left to the next run and are no failure of this one; empty: there are none.</summary>
    /// <param name="books">The final figures.</param>
    /// <param name="hasReadAll">There was nothing more to read, so only such lines are unread.</param>
    public static string Unfinished(BooksSnapshot books, bool hasReadAll) =>
        hasReadAll && books.Tail.LagBytes > 0 ? $"{Fullness.Bytes(books.Tail.LagBytes)} of an unterminated last line in {books.Tail.LagFiles} files wait for their end, and the next run looks again" : "";

    /// <summary>Empty: everything was read, nothing is left in any state, and nothing was dropped.</summary>
    /// <param name="books">The final figures.</param>
    /// <param name="configured">Configured outputs; records of other outputs are reported at the start.</param>
    /// <param name="hasReadAll">There was nothing more to read; an unfinished line is left to the next run.</param>
    /// <param name="unreadable">Paths and things that could not be read.</param>
    public static IReadOnlyList<string> Left(BooksSnapshot books, IReadOnlySet<string> configured, bool hasReadAll, int unreadable)
    {
        var left = new List<string>();
        foreach (var (book, figures) in books.Outputs.Where(o => configured.Contains(o.Book.Name)))
        {
            if (!hasReadAll && figures.Full is { IsDropping: false } full)
            {
                left.Add($"output {book.Name} does not take records: {full.Why}; {full.Remedy}");
            }

            if (figures.BufferRecords.Total - figures.BufferRecords[BufferState.Quarantined] is > 0 and var waiting)
            {
                left.Add($"{waiting} records wait on disk for output {book.Name}");
            }

            if (figures.BufferRecords[BufferState.Quarantined] is > 0 and var quarantined)
            {
                left.Add($"{quarantined} records of output {book.Name} are quarantined");
            }

            if (figures.Dropped.Total - figures.Dropped[DropReason.Reread] is > 0 and var dropped)
            {
                left.Add($"{dropped} records for output {book.Name} were dropped");
            }
        }

        if (!hasReadAll && books.Tail.LagBytes > 0)
        {
            left.Add($"{Fullness.Bytes(books.Tail.LagBytes)} in {books.Tail.LagFiles} files were seen but not read");
        }

        if (unreadable > 0)
        {
            left.Add($"{unreadable} files or directories could not be read (the log names each)");
        }

        return left;
    }
}
