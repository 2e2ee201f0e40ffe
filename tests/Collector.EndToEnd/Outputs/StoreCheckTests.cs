using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Azure;
using Collector.Testing.Gcs;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>
/// A store that is not there, or does not know who asks, is told when the agent starts: once, without an object to send, and
/// holding nothing up. What only an object can tell is not guessed.
/// </summary>
public sealed class StoreCheckTests : IAsyncDisposable
{
    private const string CannotWrite = "output default cannot write to its store yet; records wait on disk and nothing is dropped: ";

    private readonly Stage stage = new();
    private readonly MetadataServer metadata = new();

    public ValueTask DisposeAsync()
    {
        stage.Dispose();
        return metadata.DisposeAsync();
    }

    [Fact]
    public void A_directory_that_is_not_there_is_told_once_and_used_when_it_is()
    {
        Directory.Delete(stage.Objects);
        Agent agent = AssertTold($"filesystem {stage.Objects}: the store cannot be used: ", "does not exist");

        Directory.CreateDirectory(stage.Objects);

        AssertDelivers(agent);
        Assert.Single(StoredRecords.Keys(stage.Objects));
    }

    [Fact]
    public void An_Azure_container_that_is_not_there_is_told_with_the_fix()
    {
        using var azurite = new Azurite(withTls: false);
        stage.Outputs = [new OutputYaml(Store: OfAzure(azurite, "missing", Azurite.AccountKey))];
        AssertTold($"azureBlob {azurite.Url}/{Azurite.Account}/missing as key of account {Azurite.Account}: the store cannot be used: ", "ContainerNotFound", "create the container");
    }

    [Fact]
    public void An_Azure_container_that_is_there_is_not_told_of_and_nothing_is_left_in_it()
    {
        using var azurite = new Azurite(withTls: false);
        var container = azurite.CreateContainer();
        stage.Outputs = [new OutputYaml(Store: OfAzure(azurite, container, Azurite.AccountKey))];
        Agent agent = stage.Start();

        AssertDelivers(agent);

        Assert.Single(azurite.List(container));
        Assert.False(agent.HasSaid(CannotWrite));
    }

    [Fact]
    public async Task A_Google_bucket_that_is_not_there_is_told_with_the_fix()
    {
        await using var server = new GcsServer();
        stage.Outputs = [new OutputYaml(Store: OfGoogle(server, "missing"))];
        AssertTold("gcs missing as ", ": the store cannot be used: ", "notFound", "create the bucket");
    }

    [Fact]
    public async Task A_Google_token_that_is_refused_is_told()
    {
        await using var server = new GcsServer { IsToken = _ => false };
        stage.Outputs = [new OutputYaml(Store: OfGoogle(server, GcsBucket.Name))];
        AssertTold(": access is refused: ", "401");
    }

    /// <summary>An IAM condition may allow the names of objects and not that of the probe.</summary>
    [Fact]
    public async Task What_a_Google_role_may_not_is_left_to_the_first_object()
    {
        await using var server = new GcsServer { MayCreate = false };
        stage.Outputs = [new OutputYaml(Store: OfGoogle(server, GcsBucket.Name))];
        Agent agent = stage.Start();
        Retry.Until("the bucket was asked", () => server.Requests.Count > 0, Agent.Patience);
        server.MayCreate = true;

        AssertDelivers(agent);

        Assert.Single(server.Bucket.Names);
        Assert.False(agent.HasSaid(CannotWrite));
    }

    [Fact]
    public void A_server_that_does_not_answer_is_told_at_the_deadline_and_holds_nothing_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string at = $"http://{silent.LocalEndpoint}";
        stage.Outputs = [new OutputYaml(Store: OfAzure(at, "logs", Azurite.AccountKey), Retry: "attemptTimeout: 1s")];
        AssertTold("no answer within retry.attemptTimeout (1 s)").Stop();

        stage.Outputs = [new OutputYaml(Store: OfAzure(at, "logs", Azurite.AccountKey), Retry: "attemptTimeout: 10m")];
        Agent asking = stage.Start();
        asking.Stop();
        Assert.False(asking.HasSaid(CannotWrite));
    }

    [Fact]
    public void A_server_that_is_not_there_is_told_of_each_output_for_itself()
    {
        string nowhere = $"http://127.0.0.1:{FreePort.Find()}";
        stage.Outputs = [new OutputYaml(Store: OfAzure(nowhere, "logs", Azurite.AccountKey)), new OutputYaml("local")];
        AssertTold($"azureBlob {nowhere}/{Azurite.Account}/logs as ", "no connection to ").Stop();
    }

    private static string OfAzure(Azurite azurite, string container, string key) => OfAzure(azurite.Url, container, key);

    private static string OfAzure(string endpoint, string container, string key) =>
        $"{{type: azureBlob, account: {Azurite.Account}, endpoint: '{endpoint}', container: {container}, authentication: {{type: accountKey, accountKey: '{key}'}}}}";

    private string OfGoogle(GcsServer server, string bucket)
    {
        stage.Launcher = ["/usr/bin/env", $"GCE_METADATA_HOST={metadata.Host}"];
        return $"{{type: gcs, bucket: {bucket}, endpoint: '{server.Url}'}}";
    }

    /// <summary>Starts with nothing to send; the warning has these parts, in this order, and stands in the status, too.</summary>
    private Agent AssertTold(params string[] parts)
    {
        Agent agent = stage.Start();
        agent.AwaitSaid(CannotWrite);
        LogLine said = Assert.Single(agent.Log, line => line.Message.StartsWith(CannotWrite, StringComparison.Ordinal));
        Assert.Equal("warn", said.Level);
        Assert.All(parts, part => Assert.Contains(part, said.Message, StringComparison.Ordinal));
        Assert.Equal("failing", StateOf(agent));
        Assert.Equal((200, 200), (agent.Get("/readyz").Status, agent.Get("/healthz").Status));
        return agent;
    }

    private void AssertDelivers(Agent agent)
    {
        new PodLog(stage.Tree).Write("a line");
        agent.AwaitUploaded(1);
        Assert.Equal("ok", StateOf(agent));
        agent.Stop();
    }

    private static string? StateOf(Agent agent)
    {
        using JsonDocument status = JsonDocument.Parse(agent.Get("/status").Body);
        return status.RootElement.GetProperty("outputs")[0].GetProperty("state").GetString();
    }
}
