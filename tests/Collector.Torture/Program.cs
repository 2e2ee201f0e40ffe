using System.CommandLine;
using Collector.Torture;

Option<string> collector = new("--collector") { Required = true, Description = "The published collector binary." };
Option<string> directory = new("--dir") { Required = true, Description = "A directory of its own for the run." };
Option<ulong> seed = new("--seed") { DefaultValueFactory = _ => 1, Description = "The same seed writes the same logs." };
Option<int> seconds = new("--seconds") { DefaultValueFactory = _ => 40, Description = "About how long the demo takes." };
Option<int> kills = new("--kills") { Required = true, Description = "How many SIGKILLs." };
Option<long> bytes = new("--bytes") { DefaultValueFactory = _ => 300_000_000, Description = "How many bytes of logs, at least." };
Option<string> compression = new("--compression") { DefaultValueFactory = _ => "gzip", Description = "Of the objects." };
Option<string> objects = new("--objects") { Required = true, Description = "The filesystem store." };
Option<string> output = new("--output") { DefaultValueFactory = _ => "", Description = $"Which output of a torture run it is: {string.Join(", ", Outputs.All)}." };
Option<string> ledger = new("--ledger") { Required = true, Description = "What was written, as `torture` saved it." };

Option<bool> steady = new("--steady") { Description = "No API server, so no pod changes; no application writes files; two outputs." };

var demo = new Command("demo", "Shows the collector at work: a busy node, a kill, and an account of every line.") { collector, directory, seconds, seed };
demo.SetAction(r => DemoCommand.Run(r.GetRequiredValue(collector), r.GetRequiredValue(directory), r.GetValue(seconds), r.GetValue(seed)));

var torture = new Command("torture", "Kills the collector again and again, and checks every line.") { collector, directory, kills, bytes, seed, compression, steady };
torture.SetAction(r => TortureCommand.Run(
    r.GetRequiredValue(collector), r.GetRequiredValue(directory), r.GetValue(kills), r.GetValue(bytes), r.GetValue(seed), r.GetValue(compression)!, r.GetValue(steady)));

var check = new Command("check", "Checks a store against a ledger.") { objects, ledger, output };
check.SetAction(r => CheckCommand.Run(r.GetRequiredValue(objects), r.GetRequiredValue(ledger), r.GetValue(output)!));

return new RootCommand("Tries the collector from outside, by what its contract says.") { demo, torture, check }.Parse(args).Invoke();
