using Collector.Testing.Node;
using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>The oracle alone.</summary>
internal static class CheckCommand
{
    public static int Run(string objects, string ledger)
    {
        OracleReport report = ObjectOracle.Check(objects, Ledger.Load(ledger));
        Summary.PrintDefects(report);
        Console.WriteLine(report);
        return report.IsClean ? 0 : 1;
    }
}
