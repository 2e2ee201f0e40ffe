using System.Diagnostics;
using System.Runtime.InteropServices;
using Collector.Testing.Oracle;

namespace Collector.Testing.Processes;

/// <summary>
/// A collector run as its users run it: the published binary and a configuration file. What it says goes to files.
/// Signals go to this process alone. Disposing it kills it if it still runs.
/// </summary>
public sealed partial class CollectorProcess : IDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan ScrapeTimeout = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly HttpClient http = new() { Timeout = ScrapeTimeout };
    private readonly Task output, errors;
    private bool isDisposed;

    private CollectorProcess(Process process, string outputPath, string errorPath)
    {
        this.process = process;
        output = AppendTo(outputPath, process.StandardOutput.BaseStream);
        errors = AppendTo(errorPath, process.StandardError.BaseStream);
        ErrorPath = errorPath;
        AppDomain.CurrentDomain.ProcessExit += KillWithUs;
    }

    /// <summary>Where its standard error is appended to.</summary>
    public string ErrorPath { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Of a process that has exited; 128 + n after signal n.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Starts <c>collector</c> with these arguments.</summary>
    /// <param name="binary">The published executable.</param>
    /// <param name="logPath">Standard output is appended to this plus <c>.out</c>, standard error to this plus <c>.err</c>.</param>
    public static CollectorProcess Start(string binary, string logPath, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(Path.GetFullPath(binary)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Process started = Process.Start(start) ?? throw new InvalidOperationException($"{binary} did not start.");
        return new CollectorProcess(started, logPath + ".out", logPath + ".err");
    }

    /// <summary>Starts the agent: <c>run --config FILE</c>, with <c>--once</c> when asked.</summary>
    public static CollectorProcess StartAgent(string binary, string configPath, string logPath, bool once = false) => once
        ? Start(binary, logPath, "run", "--config", configPath, "--once")
        : Start(binary, logPath, "run", "--config", configPath);

    /// <summary>SIGKILL, and waits for its end.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>SIGTERM. Does not wait. Nothing when it has exited.</summary>
    public void Terminate()
    {
        if (!process.HasExited && kill(process.Id, SigTerm) != 0 && !process.HasExited)
            throw new InvalidOperationException($"kill({process.Id}, SIGTERM): errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Waits for its end and returns the exit code. Throws <see cref="TimeoutException"/> when it still runs; what it said is in the files then.</summary>
    public int WaitForExit(TimeSpan timeout)
    {
        if (!process.WaitForExit(timeout))
            throw new TimeoutException($"The collector ({process.Id}) still ran after {timeout.TotalSeconds:0.#} s; see {ErrorPath}.");
        Task.WaitAll(output, errors);
        return process.ExitCode;
    }

    /// <summary>Scrapes <c>/metrics</c> at this address (<c>127.0.0.1:2020</c>); null when it does not answer.</summary>
    public MetricsScrape? TryScrape(string address) =>
        TryGet(address, "/metrics", out string page) ? MetricsScrape.Parse(page) : null;

    /// <summary>Whether <c>/readyz</c> says 200.</summary>
    public bool IsReady(string address) => TryGet(address, "/readyz", out _);

    /// <summary>May be called again.</summary>
    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        AppDomain.CurrentDomain.ProcessExit -= KillWithUs;
        if (!process.HasExited) Kill();
        process.Dispose();
        http.Dispose();
    }

    // A test run that is ended from outside leaves no collector behind.
    private void KillWithUs(object? sender, EventArgs e)
    {
        if (!process.HasExited) process.Kill();
    }

    private bool TryGet(string address, string path, out string body)
    {
        body = "";
        try
        {
            using HttpResponseMessage response = http.GetAsync(new Uri($"http://{address}{path}")).GetAwaiter().GetResult();
            if (!response.IsSuccessStatusCode) return false;
            body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task AppendTo(string path, Stream source)
    {
        // Unbuffered: what it said last is there even when it was killed.
        await using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await source.CopyToAsync(file);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
