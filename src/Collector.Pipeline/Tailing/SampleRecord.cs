using System.Text;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>The last record of a file that is whole, as an output with <c>format: json</c> stores it.</summary>
public static class SampleRecord
{
    /// <summary>The bytes at a file's end that are searched.</summary>
    private const int Most = 64 * 1024;

    /// <param name="file">A regular file.</param>
    /// <param name="source">Its source.</param>
    /// <param name="identity">The identity of all its records.</param>
    /// <param name="parsesJson">A container's line that is a JSON object also appears parsed.</param>
    /// <param name="excluded">Streams that are left out.</param>
    /// <param name="clock">For a line without a time of its own.</param>
    /// <returns>
    /// A JSON object on one line; null when there is no such record: the file is compressed or empty, or its end is one long
    /// record.
    /// </returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? Of(SurveyedFile file, SourceSettings source, RecordIdentity identity, bool parsesJson, LogStreams excluded, TimeProvider clock)
    {
        if (file.IsCompressed)
        {
            return null;
        }

        var lines = LastLines(file.Path);
        var tail = RecordTail.Render(identity).Bytes;
        using var to = new ByteBuffer();
        var isFound = source is FileSourceSettings files ? TryWriteLine(to, lines, files, tail, clock) : TryWriteContainer(to, lines, parsesJson, excluded, tail);
        return isFound ? Encoding.UTF8.GetString(to.Written).TrimEnd('\n') : null;
    }

    /// <summary>The complete lines, in order, without their newlines.</summary>
    private static List<byte[]> LastLines(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        var from = Math.Max(0, length - Most);
        var bytes = new byte[length - from];
        var rest = bytes.AsSpan(0, RandomAccess.Read(handle, bytes, from));
        List<byte[]> lines = [];
        for (var isFirst = true; rest.IndexOf((byte)'\n') is >= 0 and var end; isFirst = false)
        {
            // The text before the first newline may be the end of a line.
            if (!isFirst || from == 0)
            {
                lines.Add(rest[..end].ToArray());
            }

            rest = rest[(end + 1)..];
        }

        return lines;
    }

    private static bool TryWriteLine(ByteBuffer to, List<byte[]> lines, FileSourceSettings source, ReadOnlySpan<byte> tail, TimeProvider clock)
    {
        if (lines.Count == 0)
        {
            return false;
        }

        Span<byte> now = stackalloc byte[RecordTime.FormattedLength];
        RecordTime.From(clock.GetUtcNow()).Format(now);
        var marks = RecordMarks.None;
        if (source.MakeJsonLines() is { } json)
        {
            RecordEncoder.WriteFileJson(to, lines[^1], json, now, ref marks, tail, out _);
        }
        else
        {
            RecordEncoder.WriteFileText(to, now, lines[^1], marks, tail);
        }

        return true;
    }

    /// <summary>The last line that is a record by itself: parts can only be joined by reading from the beginning.</summary>
    private static bool TryWriteContainer(ByteBuffer to, List<byte[]> lines, bool parsesJson, LogStreams excluded, ReadOnlySpan<byte> tail)
    {
        using var scratch = new ByteBuffer();
        var isPartOfOne = new bool[3];
        byte[]? last = null;
        foreach (var line in lines)
        {
            if (!TryParse(line, scratch, out var parsed))
            {
                continue;
            }

            if (!parsed.IsPartial && !isPartOfOne[(int)parsed.Stream] && ((byte)excluded & (byte)parsed.Stream) == 0)
            {
                last = line;
            }

            isPartOfOne[(int)parsed.Stream] = parsed.IsPartial;
        }

        if (last is null || !TryParse(last, scratch, out var found))
        {
            return false;
        }

        RecordEncoder.WriteContainer(to, found.Time, found.Stream, found.Text, RecordMarks.None, tail, parsesJson);
        return true;
    }

    /// <summary>Parses a line. The result consists of slices of <paramref name="line"/> or of <paramref name="scratch"/>.</summary>
    private static bool TryParse(byte[] line, ByteBuffer scratch, out StreamLine parsed)
    {
        if (CriLine.TryParse(line, out var cri))
        {
            parsed = new StreamLine(cri.Time, cri.Stream, cri.Text, cri.IsPartial);
            return true;
        }

        var isDocker = DockerLine.TryParse(line, scratch, out var docker);
        parsed = new StreamLine(docker.Time, docker.Stream, docker.Text, docker.IsPartial);
        return isDocker;
    }
}
