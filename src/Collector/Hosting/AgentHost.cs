using Collector.Commands;
using Collector.Configuration;
using Collector.Endpoints;
using Collector.Hosting.Logging;
using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Storage;

namespace Collector.Hosting;

/// <summary>The agent as a whole: telemetry around the pipeline. Every way to end has its exit code (contract §1).</summary>
internal static partial class AgentHost
{
    /// <summary>Longer than any of them needs to notice that it is cancelled.</summary>
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(5);

    /// <summary>Runs until a signal to stop and a drain, or until all is delivered with <paramref name="once"/>.</summary>
    /// <param name="config">Valid.</param>
    /// <param name="once">Reads the files that are there, delivers them, and ends.</param>
    /// <param name="signals">To stop.</param>
    /// <param name="terminal">The terminal that a person watches; null: none. It shows the progress of
    /// <paramref name="once"/>.</param>
    public static async Task<int> RunAsync(CollectorConfiguration config, bool once, StopSignals signals, TextWriter? terminal)
    {
        var watched = once ? terminal : null;
        using var loggers = StderrLoggerProvider.CreateFactory(new LogOptions(config.Telemetry.Log.Level, config.Telemetry.Log.Format) { ErasesProgress = watched is not null });
        var logger = loggers.CreateLogger("collector");
        void TellHungUp() => LogHungUp(logger);
        signals.HungUp += TellHungUp;
        try
        {
            return await RunAsync(config, once, watched, logger, signals.Stop, signals.HardStop);
        }
        catch (Exception e) when (e is DataDirException or FormatVersionException)
        {
            LogDataDir(logger, e.Message);
            return ExitCode.DataDirUnusable;
        }
        catch (ListenException e)
        {
            LogFatal(logger, e.Message);
            return ExitCode.Fatal;
        }
        finally
        {
            signals.HungUp -= TellHungUp;
        }
    }

    private static async Task<int> RunAsync(CollectorConfiguration config, bool once, TextWriter? watched, ILogger logger, CancellationToken stop, CancellationToken hardStop)
    {
        var clock = TimeProvider.System;
        using var metrics = new CollectorMetrics(clock, BuildInformation.Version, BuildInformation.Commit);
        var health = new Health(clock);
        var readiness = new Readiness();
        readiness.Met(ReadyCondition.Configuration);
        LogStarting(logger, BuildInformation.Version, BuildInformation.Commit, config.Node, config.DataDir);
        using var metadata = MetadataService.Create(config, metrics, clock, logger);
        var settings = PipelineMapping.Map(config, metadata, once);
        foreach (var warning in ConfigurationWarnings.Of(config))
        {
            LogWarning(logger, warning);
        }

        WarnOfMissingDirectories(settings.Tail.Sources, logger);
        using var memory = new ProcessMemory(clock);
        using var pipeline = CollectorPipeline.Open(settings, metrics, health, clock, logger);
        metadata.Load(FileSystemDirectory.Open(config.DataDir));
        metadata.Changed += pipeline.MetadataChanged;
        readiness.Met(ReadyCondition.Buffer);
        await using var endpoints = await HttpEndpoints.StartAsync(config.Telemetry.Listen, new Responder(metrics, health, readiness, pipeline.StatusAsync));
        LogRunning(logger, endpoints.Port);
        using var ended = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // On other threads: whatever they ask may hold them up, and nothing may hold up the pipeline.
        var telling = Task.Run(() => new OutputsAtStart(metrics.Books, logger).TellAsync(settings.Outputs, once, ended.Token), CancellationToken.None);
        var watching = Task.Run(() => WatchAsync(metadata, readiness, stopping, logger, ended.Token), CancellationToken.None);
        var hung = new HungLoops(health, settings.Shutdown.Grace, Environment.Exit, clock, logger).RunAsync(stop, hardStop, ended.Token);
        await using var asked = once ? default : stop.Register(() => LogStopping(logger, settings.Shutdown.Grace.TotalSeconds));
        PipelineEnd end;
        using (watched is null ? null : new OnceProgress(watched, metrics.Books.Snapshot, clock))
            end = await pipeline.RunAsync(stopping.Token, hardStop);
        metadata.Changed -= pipeline.MetadataChanged;
        await ended.CancelAsync();
        await hung;
        await Task.WhenAny(Task.WhenAll(telling, watching), Task.Delay(Parting, CancellationToken.None));
        if (!telling.IsCompleted || !watching.IsCompleted)
        {
            LogUnended(logger, telling.IsCompleted ? "the Kubernetes client" : "the check of the outputs", Parting.TotalSeconds);
            return ExitCode.Fatal;
        }

        await telling;
        end = await watching ? end : PipelineEnd.Failed;
        foreach (var output in settings.Outputs)
        {
            await output.Store.DisposeAsync();
        }

        return end switch
        {
            PipelineEnd.Done => ExitCode.Done,
            PipelineEnd.Incomplete => ExitCode.Incomplete,
            PipelineEnd.DataDirGone => ExitCode.DataDirUnusable,
            _ => ExitCode.Fatal,
        };
    }

    /// <summary>Keeps the metadata up to date; false, with everything stopped, when its loop died (I12).</summary>
    private static async Task<bool> WatchAsync(MetadataService metadata, Readiness readiness, CancellationTokenSource stopping, ILogger logger, CancellationToken ended)
    {
        try
        {
            await metadata.RunAsync(readiness, ended);
            return true;
        }
        catch (Exception e)
        {
            LogDied(logger, e);
            await stopping.CancelAsync();
            return false;
        }
    }

    /// <summary>A directory may be created later, so this is not an error; but a mistyped path must not be silent.</summary>
    private static void WarnOfMissingDirectories(IReadOnlyList<SourceSettings> sources, ILogger logger)
    {
        foreach (var source in sources)
        {
            foreach (var directory in (string?[])[new PathGlob(source.Path).Root, (source as ContainerSourceSettings)?.PodLogs])
            {
                if (directory is not null && !Directory.Exists(directory))
                {
                    LogMissingDirectory(logger, source.Name, directory);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "source {Source}: {Directory} does not exist; its logs will be read as soon as it exists; if the directory is wrong, correct the source's path or podLogs")]
    private static partial void LogMissingDirectory(ILogger logger, string source, string directory);

    [LoggerMessage(Level = LogLevel.Information, Message = "collector {Version} ({Commit}) on node {Node}, data dir {DataDir}")]
    private static partial void LogStarting(ILogger logger, string version, string commit, string node, string dataDir);

    [LoggerMessage(Level = LogLevel.Warning, Message = "SIGHUP is ignored: this version cannot reload its configuration; restart the collector to apply a change")]
    private static partial void LogHungUp(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "shutting down: the collector reads, seals and uploads for at most {Grace} s (shutdown.grace); a second signal ends it at once")]
    private static partial void LogStopping(ILogger logger, double grace);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message}")]
    private static partial void LogWarning(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "the collector is running; metrics on port {Port}")]
    private static partial void LogRunning(ILogger logger, int port);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the loop that reads pod metadata ended with the error below; the process ends, and the next start continues where it stopped; please report the error")]
    private static partial void LogDied(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the process ends without {Name}, which did not end within {Seconds} s; most likely a file or a mount that it reads does not answer; no record is lost: the next start continues where this one stopped")]
    private static partial void LogUnended(ILogger logger, string name, double seconds);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Message}")]
    private static partial void LogFatal(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Message}")]
    private static partial void LogDataDir(ILogger logger, string message);
}
