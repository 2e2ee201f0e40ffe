using Collector.Testing.Node;
using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>The oracle alone.</summary>
internal static class CheckCommand
{
    /// <param name="output">Of a torture run; empty: a store of the default prefix.</param>
    public static int Run(string objects, string ledger, string output)
    {
        OracleReport report = ObjectOracle.Check(objects, Ledger.Load(ledger), output.Length > 0 ? Outputs.Checks(output) : null);
        Summary.PrintDefects(report);
        Console.WriteLine(report);
        return report.IsClean ? 0 : 1;
    }
}
