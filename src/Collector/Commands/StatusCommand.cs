using System.CommandLine;
using System.Net;
using System.Text.Json;
using Collector.Configuration;
using Collector.Endpoints;
using Collector.Pipeline.Running;

namespace Collector.Commands;

/// <summary>
/// <c>collector status</c>: asks the agent on this node for its state. 0: it answered, whatever the state; 1: no agent answers, and
/// the records that wait in the data dir are shown instead; 2: the configuration, which has the agent's address, cannot be read.
/// </summary>
internal static class StatusCommand
{
    /// <summary>The agent answers within three seconds even while its disks hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var json = new Option<bool>("--json") { Description = "As one JSON object, with longer lists." };
        var command = new Command("status", "Show what the agent on this node reads, buffers and stores, and what delays it. Exit code 1: no agent answers.") { config, json };
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(json), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string file, bool asJson, InvocationConfiguration streams, CancellationToken cancellation)
    {
        var (configuration, mistakes) = ConfigurationFile.Load(file);
        if (configuration is null)
        {
            await streams.Error.WriteLineAsync($"The address of the agent is not known, because {mistakes[0]}; give its configuration with --config FILE.");
            return ExitCode.WrongUse;
        }

        var url = UrlOf(configuration.Telemetry.Listen);
        var (answer, trouble) = await AskAsync(url, cancellation);
        if (answer is null)
        {
            await streams.Error.WriteLineAsync($"No agent answers at {url} ({trouble}). Start it with: collector run --config {file}; or, if it listens elsewhere, give its own configuration with --config FILE. In a cluster, run this in the agent's pod: kubectl exec.");
            if (!BufferReport.IsUsed(configuration.DataDir))
            {
                await streams.Error.WriteLineAsync($"No collector has run on its data dir, {configuration.DataDir}, so no records wait there.");
            }
            else
            {
                await streams.Error.WriteLineAsync($"Records that wait in its data dir, {configuration.DataDir}:");
                BufferInspector.List(configuration.DataDir, asJson, streams.Output);
            }

            return ExitCode.Incomplete;
        }

        using (answer)
        {
            if (asJson)
                await streams.Output.WriteLineAsync(answer.RootElement.GetRawText());
            else
                new StatusTable(streams.Output, DateTimeOffset.UtcNow).Write(answer.RootElement);
        }

        return ExitCode.Done;
    }

    /// <summary>No proxy is used for this machine.</summary>
    private static async Task<(JsonDocument? Answer, string Trouble)> AskAsync(Uri url, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(url, cancellation);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            return response.StatusCode == HttpStatusCode.OK
                ? (JsonDocument.Parse(body), "")
                : (null, $"the answer was {(int)response.StatusCode}: another program listens there, or an older agent");
        }
        catch (JsonException)
        {
            return (null, "the program that answers is not a collector");
        }
        catch (HttpRequestException e)
        {
            return (null, e.GetBaseException().Message);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static Uri UrlOf(ListenAddress listen)
    {
        var everywhere = listen.Address is null || listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any);
        return new Uri($"http://{new IPEndPoint(everywhere ? IPAddress.Loopback : listen.Address!, listen.Port)}{StatusDocument.Path}");
    }
}
