using System.Globalization;
using BenchmarkDotNet.Running;
using Collector.Benchmarks;
using Collector.Benchmarks.Micro;

// collector-benchmarks --collector PATH --dir DIR [--quick] [--bytes N] [--backlog N] [--idle SECONDS] [--rounds N] [--many-files N] [--only GROUP,…]
// collector-benchmarks members ARCHIVE-OF-LOGS DIR
// collector-benchmarks reading COLLECTOR DIR
// collector-benchmarks micro [BenchmarkDotNet's arguments]
if (args is ["micro", .. var rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(ParseBenchmarks).Assembly).Run(rest.Length > 0 ? rest : ["--filter", "*"]);
    return 0;
}

if (args is ["members", var recorded, var place])
{
    MemberRows.Measure(recorded, place);
    return 0;
}

if (args is ["reading", var reader, var stored])
{
    await ReadingRows.MeasureAsync(reader, stored);
    return 0;
}

var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i < args.Length; i++)
{
    options[args[i]] = args[i] == "--quick" || i + 1 == args.Length ? "" : args[++i];
}

if (!options.TryGetValue("--collector", out var collector) || !options.TryGetValue("--dir", out var directory))
{
    Console.Error.WriteLine("usage: collector-benchmarks --collector PATH --dir DIR [--quick] [--bytes N] [--backlog N] [--idle SECONDS] [--rounds N] [--only GROUP,…] | members ARCHIVE-OF-LOGS DIR | reading COLLECTOR DIR | micro");
    return 2;
}

var settings = new BenchmarkSettings(collector, directory);
settings = options.ContainsKey("--quick") ? settings.Quick() : settings;
settings = settings with
{
    Bytes = Number("--bytes", settings.Bytes),
    Backlog = Number("--backlog", settings.Backlog),
    Idle = TimeSpan.FromSeconds(Number("--idle", (long)settings.Idle.TotalSeconds)),
    Rounds = (int)Number("--rounds", settings.Rounds),
    ManyFiles = (int)Number("--many-files", settings.ManyFiles),
    Only = options.GetValueOrDefault("--only", "").Split(',', StringSplitOptions.RemoveEmptyEntries),
};
await new Figures(settings).RunAsync();
return 0;

long Number(string name, long otherwise) => options.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
