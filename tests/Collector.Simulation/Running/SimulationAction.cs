using System.Globalization;

namespace Collector.Simulation.Running;

/// <summary>
/// One thing that happens on the node: a verb, whom it happens to, how much, and how. One line of a trace:
/// <c>rotate f0 0 lumberjack</c>. An action that cannot happen where it stands does nothing, so that any part of a list is a list.
/// </summary>
internal sealed record SimulationAction(string Verb, string Target = "", int Number = 0, string Word = "")
{
    private const string Absent = "-";
    private const int Columns = 4;

    public static SimulationAction Parse(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == Columns && int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new SimulationAction(parts[0], Given(parts[1]), number, Given(parts[3]))
            : throw new FormatException($"\"{line}\" is no action; write: verb target number word");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verb} {Shown(Target)} {Number} {Shown(Word)}");

    private static string Given(string part) => part == Absent ? "" : part;

    private static string Shown(string part) => part.Length == 0 ? Absent : part;
}
