using System.Diagnostics;
using Collector.Testing.Processes;

namespace Collector.Testing.S3;

/// <summary>
/// Ceph's S3 gateway (radosgw 16.2), a real S3 that is not ours: it checks signatures, digests and conditions, and answers in
/// its own words. <c>hack/radosgw.sh</c> starts it, over a monitor and an OSD that keep all in memory, and ends it when this
/// process closes the script's input, by its death, too.
/// </summary>
public sealed class RadosGateway : IDisposable
{
    /// <summary>The one access key that it knows, and its secret.</summary>
    public const string AccessKey = "AKID";

    public const string SecretKey = "SECRET";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private RadosGateway(Process process, int port)
    {
        _process = process;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Endpoint { get; }

    /// <summary>Starts it and waits until it takes requests.</summary>
    /// <exception cref="InvalidOperationException">It does not start; what the script says is in the message.</exception>
    public static RadosGateway Start()
    {
        var port = FreePort.Find();
        var start = new ProcessStartInfo(Repository.In("hack/radosgw.sh"), [$"{port}", $"{FreePort.Find()}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("hack/radosgw.sh did not start.");
        var listens = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = process.StandardError.ReadToEndAsync();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null || line.Data.Contains(" listens on ", StringComparison.Ordinal))
                listens.TrySetResult(line.Data is not null);
        };
        process.BeginOutputReadLine();
        var gateway = new RadosGateway(process, port);
        if (listens.Task.Wait(StartTimeout) && listens.Task.Result)
            return gateway;
        gateway.Dispose();
        throw new InvalidOperationException($"hack/radosgw.sh starts no gateway: {said.Result}");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(EndTimeout))
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
