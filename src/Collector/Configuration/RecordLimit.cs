using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>
/// How long a record's text may be so that no object is larger than <c>batch.maxSize</c>: records are not split over objects. The
/// smallest of the outputs that may have a source decides, because a line is cut once for all of them.
/// </summary>
internal static class RecordLimit
{
    /// <summary>The shortest limit that is of use.</summary>
    public const long Least = Size.KiB;

    /// <summary>The longest that JSON makes of one byte: <c>\u0000</c>.</summary>
    private const int EscapedBytes = 6;

    /// <summary>Room in a record beside its text: metadata of the path, and labels, with values of at most 63 characters.</summary>
    private const long Overhead = 64 * Size.KiB;

    /// <summary>The same with annotations, which Kubernetes limits to 256 KiB, escaped.</summary>
    private const long OverheadWithAnnotations = Size.MiB;

    /// <summary>A frame is filled up to an eighth of an object before the record that closes it (OutputBuffer).</summary>
    private const int FramesOfAnObject = 8;

    /// <summary>The record limit of a source, from its own configuration and its outputs.</summary>
    public static long Of(CollectorConfiguration config, SourceSettings source) => Math.Min(
        source.MaxRecordSize, OutputsOf(config, source).Select(output => Of(config, output)).DefaultIfEmpty(long.MaxValue).Min());

    /// <summary>The record limit of an output's objects.</summary>
    public static long Of(CollectorConfiguration config, OutputConfiguration output) =>
        Of(output.Batch.MaxSize, output.Format == ObjectFormat.Text, config.Kubernetes.Annotations);

    /// <summary>The record limit of objects of a size.</summary>
    public static long Of(long maxSize, bool isText, bool hasAnnotations)
    {
        var room = maxSize - (maxSize / FramesOfAnObject);
        return isText ? room : (room - OverheadOf(hasAnnotations)) / EscapedBytes;
    }

    /// <summary>The smallest <c>batch.maxSize</c> that holds a record of <see cref="Least"/>.</summary>
    public static long LeastMaxSize(CollectorConfiguration config, OutputConfiguration output) =>
        LeastMaxSize(output.Format == ObjectFormat.Text, config.Kubernetes.Annotations);

    /// <summary>The same for objects of a form.</summary>
    public static long LeastMaxSize(bool isText, bool hasAnnotations)
    {
        var record = isText ? Least : (Least * EscapedBytes) + OverheadOf(hasAnnotations);
        return ((record * FramesOfAnObject) / (FramesOfAnObject - 1)) + 1;
    }

    /// <summary>The <c>batch.maxSize</c>, in whole MiB, that fits records of this length without annotations.</summary>
    public static long MaxSizeFor(long recordSize) =>
        recordSize > (long.MaxValue / FramesOfAnObject / EscapedBytes) - Size.MiB ? long.MaxValue
        : ((((recordSize * EscapedBytes) + Overhead) * FramesOfAnObject / (FramesOfAnObject - 1) / Size.MiB) + 1) * Size.MiB;

    /// <summary>Sources with records that are cut earlier than configured.</summary>
    public static IEnumerable<string> Warnings(CollectorConfiguration config)
    {
        foreach (var source in config.Sources)
        {
            var limit = Of(config, source);
            if (limit < source.MaxRecordSize && OutputsOf(config, source).MinBy(output => Of(config, output)) is { } smallest)
                yield return $"sources.{source.Name}.maxRecordSize: {Size.Format(source.MaxRecordSize)} does not fit into the objects of outputs.{smallest.Name} (batch.maxSize {Size.Format(smallest.Batch.MaxSize)}); "
                    + $"records longer than {limit} bytes are cut, marked and counted";
        }
    }

    private static IEnumerable<OutputConfiguration> OutputsOf(CollectorConfiguration config, SourceSettings source) =>
        config.Outputs.Where(output => output.Match.Sources.Count == 0 || output.Match.Sources.Contains(source.Name));

    private static long OverheadOf(bool hasAnnotations) => hasAnnotations ? OverheadWithAnnotations : Overhead;
}
