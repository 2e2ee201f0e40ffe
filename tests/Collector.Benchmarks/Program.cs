using System.Globalization;
using Collector.Benchmarks;

// collector-benchmarks --collector PATH --torture PATH --dir DIR [--bytes N]: measures the agent and prints one table.
var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i + 1 < args.Length; i += 2)
{
    options[args[i]] = args[i + 1];
}

if (!options.TryGetValue("--collector", out var collector) || !options.TryGetValue("--torture", out var torture) || !options.TryGetValue("--dir", out var directory))
{
    Console.Error.WriteLine("usage: collector-benchmarks --collector PATH --torture PATH --dir DIR [--bytes N]");
    return 2;
}

var bytes = long.Parse(options.GetValueOrDefault("--bytes", "1000000000"), CultureInfo.InvariantCulture);
return new Figures(collector, torture, directory, bytes).Run();
