using System.CommandLine;
using Collector.Configuration;

namespace Collector.Commands;

/// <summary>The option <c>--log-level</c>, which counts in place of <c>telemetry.log.level</c>.</summary>
internal static class LogLevelOption
{
    private static readonly Dictionary<string, LogLevel> s_levels = new(StringComparer.Ordinal)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    public static Option<string?> Create()
    {
        var option = new Option<string?>("--log-level") { Description = "The lowest level that is logged, in place of telemetry.log.level: trace, debug, info, warning (or warn), error.", HelpName = "LEVEL" };
        option.AcceptOnlyFromAmong([.. s_levels.Keys]);
        return option;
    }

    public static CollectorConfiguration Apply(string? level, CollectorConfiguration config) =>
        level is null ? config : config with { Telemetry = config.Telemetry with { Log = config.Telemetry.Log with { Level = s_levels[level] } } };
}
