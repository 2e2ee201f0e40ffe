using System.Globalization;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;

namespace Collector.Commands;

/// <summary>Looks at, and gives up, what waits in a data dir. Both return an <see cref="ExitCode"/>.</summary>
internal static class BufferInspector
{
    public static int List(string dataDir, TextWriter output) => Guard(output, () =>
    {
        var reports = BufferReport.Read(dataDir);
        foreach (var report in reports)
        {
            output.WriteLine($"output {report.Output}: {report.Records} records in {report.Files.Count} files, {report.Bytes} bytes");
            foreach (var file in report.Files)
            {
                var opened = file.OpenedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                output.WriteLine($"  {file.State,-11} {opened} {file.Records,9} records {file.Bytes,11} bytes  {file.Key}");
            }
        }

        return ExitCode.Done;
    });

    public static int Drop(string dataDir, string outputName, TextWriter output) => Guard(output, () =>
    {
        if (BufferReport.Drop(dataDir, outputName) is not { } lost)
        {
            output.WriteLine($"{dataDir} has nothing of an output '{outputName}'; see: collector buffer ls --data-dir {dataDir}");
            return ExitCode.Incomplete;
        }

        foreach (var file in lost.Files)
        {
            output.WriteLine($"lost: {file.Records} records, {file.State}, {file.Key}");
        }

        output.WriteLine($"output {outputName}: gave up {lost.Records} records in {lost.Files.Count} files, {lost.Bytes} bytes");
        return ExitCode.Done;
    });

    private static int Guard(TextWriter output, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is DataDirException or FormatVersionException or IOException or UnauthorizedAccessException)
        {
            output.WriteLine(e.Message);
            return ExitCode.DataDirUnusable;
        }
    }
}
