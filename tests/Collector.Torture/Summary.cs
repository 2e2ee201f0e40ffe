using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Torture.Apps;
using Collector.Torture.Pods;

namespace Collector.Torture;

/// <summary>The table at the end of a run.</summary>
internal static class Summary
{
    /// <summary>What was done to the node and the collector.</summary>
    public static void PrintNode(OracleReport report, NodeStats node, Agent agent, int objectsByOnce)
    {
        Console.WriteLine();
        Row("lines written", $"{node.Lines:N0} ({node.Bytes / 1e6:N1} MB), records {report.RecordsWritten:N0}");
        Row("kills / stops", $"{agent.Kills} SIGKILL, {agent.Terms} SIGTERM");
        Row("rotations", $"{node.Rotations}, {node.SplitRotations} of them inside a split line, {node.UndoneRotations} more undone");
        Row("gzips", $"{node.Gzips}");
        Row("container restarts", $"{node.Restarts}");
        Row("pods that came later", $"{node.NewPods}");
        if (node.DeletedPods > 0) Row("pods deleted", $"{node.DeletedPods}, read or not");
        Row("books", $"{agent.Scrapes} scrapes checked");
        Row("left for --once", $"{objectsByOnce} objects");
    }

    /// <summary>What people and rotators did.</summary>
    public static void PrintChanges(PodChanges pods, AppFiles files)
    {
        Row("pods changed", $"{pods.Changes} times, {pods.Standstills} of them with everything read; {pods.Certain} of them taken back for certain");
        Row("files put aside", string.Join(", ", files.Done.Select(d => $"{d.Key} {d.Value}")));
    }

    /// <summary>What each store holds of it. Returns the exit code: 0 only when nothing is wrong.</summary>
    public static int PrintStores(Agent agent, int objectsByOnce, IReadOnlyCollection<string> violations, params ReadOnlySpan<(string Name, OracleReport Report)> stores)
    {
        bool good = agent.Complaints.Count == 0 && objectsByOnce == 0 && violations.Count == 0;
        foreach ((string name, OracleReport report) in stores)
        {
            if (name.Length > 0) Console.WriteLine($"\n{name}");
            Row("records stored", $"{report.RecordsStored:N0} in {report.Objects:N0} objects ({report.StoredBytes / 1e6:N1} MB, decoded {report.BodyBytes / 1e6:N1} MB)");
            PrintDefects(report);
            if (!report.IsClean) Console.WriteLine(report);
            good &= report.IsClean;
        }

        foreach (string complaint in agent.Complaints.Concat(violations).Distinct(StringComparer.Ordinal)) Row("COMPLAINT", complaint);
        Console.WriteLine(good ? "\nAll zeros." : "\nNOT CLEAN.");
        return good ? 0 : 1;
    }

    /// <summary>One line a defect.</summary>
    public static void PrintDefects(OracleReport report)
    {
        foreach (Defect defect in Enum.GetValues<Defect>()) Row(Name(defect), $"{report[defect]}");
        if (report.Excused > 0) Row("lost with leave", $"{report.Excused}");
        if (report.LeftOut > 0) Row("left out", $"{report.LeftOut}, as asked");
        if (report.Undecided > 0) Row("not taken", $"{report.Undecided}, written while their pod changed");
    }

    public static void Row(string name, string value) => Console.WriteLine($"  {name,-20} {value}");

    private static string Name(Defect defect) => defect switch
    {
        Defect.TwoPrefixes => "under two prefixes",
        Defect.Excluded => "excluded, stored",
        Defect.Unmatched => "wrong by match",
        Defect.BadKey => "bad keys",
        Defect.KeyOrder => "keys out of order",
        Defect.EmptyObject => "empty objects",
        Defect.OversizedObject => "oversized objects",
        _ => defect.ToString().ToLowerInvariant(),
    };
}
