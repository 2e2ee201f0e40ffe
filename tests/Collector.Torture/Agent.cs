using Collector.Testing.Oracle;
using Collector.Testing.Processes;

namespace Collector.Torture;

/// <summary>The collector under test over all its lives: started, killed, asked to stop, watched.</summary>
/// <param name="launcher">What it is started with in front of it, program first; may be empty.</param>
internal sealed class Agent(string binary, Workspace workspace, IReadOnlyList<string> launcher) : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    // The default grace of 25 s, and time to end.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan OnceTimeout = TimeSpan.FromMinutes(5);

    // The files are looked at once a second or so; a lag of zero that is older than the last write means nothing.
    private const int QuietScrapes = 5;
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromMilliseconds(300);

    /// <summary>Complaints of one kind that are shown.</summary>
    private const int MostTold = 10;

    private readonly List<string> complaints = [];
    private CollectorProcess? process;

    /// <summary>The number of its life: 0 before the first. Read by any thread, as is <see cref="IsUp"/>.</summary>
    public int Life { get; private set; }

    /// <summary>It was started, and nobody has ended it.</summary>
    public bool IsUp { get; private set; }

    public int Kills { get; private set; }

    public int Terms { get; private set; }

    public int Scrapes { get; private set; }

    /// <summary>What it did that it must not: ended by itself, a wrong exit code, books that do not balance.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    /// <summary>Starts it. <see cref="AwaitReady"/> waits until it works.</summary>
    public void Start()
    {
        process?.Dispose();
        Life++;
        process = Launch();
        IsUp = true;
    }

    public void AwaitReady()
    {
        Retry.Until("the collector is ready", () => Running.HasExited || Running.IsReady(workspace.Address), StartTimeout);
        if (Running.HasExited) throw new InvalidOperationException($"The collector ended by itself with exit code {Running.ExitCode}; see {Running.ErrorPath}.");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        NoteUnaskedEnd();
        IsUp = false;
        Running.Kill();
        Kills++;
    }

    /// <summary>SIGTERM; it must end in time with exit code 0.</summary>
    public void Stop()
    {
        NoteUnaskedEnd();
        IsUp = false;
        Running.Terminate();
        if (Running.WaitForExit(StopTimeout) is not 0 and int code) complaints.Add($"exit code {code} after SIGTERM");
        Terms++;
    }

    /// <summary>Checks the books of one scrape, if it answers.</summary>
    public MetricsScrape? Scrape()
    {
        if (Running.TryScrape(workspace.Address) is not { } scrape) return null;
        Scrapes++;
        complaints.AddRange(Books.Imbalances(scrape));
        return scrape;
    }

    /// <summary>Waits until nothing is behind in the files; false when that does not happen in time.</summary>
    public bool AwaitCaughtUp(TimeSpan timeout)
    {
        int quiet = 0;
        double lastRead = -1;
        return Retry.Within(CaughtUp, timeout);

        bool CaughtUp()
        {
            Thread.Sleep(ScrapeInterval);
            MetricsScrape? scrape = Scrape();
            double read = scrape?.Sum("collector_records_read_total") ?? -1;
            bool still = scrape is not null && read == lastRead && scrape.Sum("collector_tail_lag_bytes") == 0;
            (quiet, lastRead) = (still ? quiet + 1 : 0, read);
            return quiet >= QuietScrapes;
        }
    }

    /// <summary><c>run --once</c>, which must find that all is delivered: exit code 0 and no new object.</summary>
    /// <returns>How many objects it made.</returns>
    public int RunOnce()
    {
        int before = CountObjects();
        using CollectorProcess once = Launch("--once");
        if (once.WaitForExit(OnceTimeout) is not 0 and int code) complaints.Add($"exit code {code} of run --once");
        return CountObjects() - before;
    }

    /// <summary>
    /// Reads what it logged, in all lives: disks that fail park things, and any other exception is a fault of the code, whatever
    /// came of it.
    /// </summary>
    public void NoteUnexpectedExceptions()
    {
        string[] unexpected = [.. File.ReadLines(Running.ErrorPath).Where(line => line.Contains("parked", StringComparison.Ordinal) && !line.Contains("StorageException", StringComparison.Ordinal) && line.Contains("Exception", StringComparison.Ordinal))];
        complaints.AddRange(unexpected.Take(MostTold).Select(line => $"unexpected: {line}"));
    }

    public void Dispose() => process?.Dispose();

    private CollectorProcess Running => process ?? throw new InvalidOperationException("The collector was not started.");

    private CollectorProcess Launch(params ReadOnlySpan<string> options)
    {
        string[] command = [.. launcher, Path.GetFullPath(binary), "run", "--config", workspace.Config, .. options];
        return CollectorProcess.Start(command[0], workspace.Log, command.AsSpan(1));
    }

    private void NoteUnaskedEnd()
    {
        if (Running.HasExited) complaints.Add($"ended by itself with exit code {Running.ExitCode}; see {Running.ErrorPath}");
    }

    private int CountObjects() => workspace.Stores.Sum(CountFiles);

    /// <summary>Objects of records. (A catalog may have a new object: that a container has ended may be known only now.)</summary>
    private static int CountFiles(string directory) => !Directory.Exists(directory) ? 0
        : Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count(f => Path.GetFileName(f)[0] != '.' && !f.Contains("/_catalog/", StringComparison.Ordinal));
}
