using System.CommandLine;
using Collector.Simulation.Oracle;
using Collector.Simulation.Running;

Argument<int> seeds = new("seeds") { DefaultValueFactory = _ => 2_000, Description = "How many runs." };
Option<int> first = new("--first") { DefaultValueFactory = _ => 1, Description = "The first seed." };
Option<FailureKind?> kind = new("--kind") { Description = "Only failures of this kind." };
Option<bool> shrink = new("--shrink") { Description = "Make the first failures of each kind short." };
Option<string?> replay = new("--replay") { Description = "A trace to run instead." };
Option<bool> verbose = new("--verbose") { Description = "With --replay: all that the agent says, and all that was stored." };
Option<string?> keep = new("--keep") { Description = "A directory for the traces of failures." };
Option<string[]> without = new("--without") { DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true, Description = "Verbs to leave out, to see what fails behind what is known." };
Option<bool> list = new("--list") { Description = "Only say which seeds fail." };
Option<bool> noBirthTimes = new("--no-birth-times") { Description = "The file system tells no birth times: only bytes tell that an inode's number has come again." };
Option<bool> catalog = new("--catalog") { Description = "The outputs write a catalog, and the oracle compares it with what is there." };
Option<bool> amid = new("--amid") { Description = "Some of what happens on the node happens in the middle of a turn of the collector, between two of its calls." };

var command = new RootCommand("Runs the whole agent in virtual time on a simulated node, and judges what it stored.") { verbose, seeds, first, kind, shrink, replay, keep, without, list, noBirthTimes, catalog, amid };
command.SetAction(r => r.GetValue(replay) is { } trace
    ? SimulationCommand.Replay(trace, r.GetValue(verbose))
    : SimulationCommand.Run(new SimulationOptions(r.GetValue(seeds), r.GetValue(first), r.GetValue(kind), r.GetValue(shrink), r.GetValue(keep), r.GetValue(without) ?? [], r.GetValue(list), !r.GetValue(noBirthTimes), r.GetValue(catalog), r.GetValue(amid))));
return command.Parse(args).Invoke();
