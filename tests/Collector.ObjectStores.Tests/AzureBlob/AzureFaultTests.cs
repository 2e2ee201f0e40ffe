using System.Globalization;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Azure;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.AzureBlob;

public sealed class AzureFaultTests(AzuriteServers servers) : StoreFaultContract
{
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _container = servers.Plain.CreateContainer();
    private readonly ShiftedClock _wrong = new();

    protected override string Server => servers.Plain.Url;

    protected override Fault.Answer Rejection => new(400, "", ("x-ms-error-code", "InvalidMetadata"));

    /// <summary>The key of an account may do anything; a rule in between stands for a signature that may not.</summary>
    protected override bool MayLook
    {
        set => Proxy.Rule = request => request.Method == "HEAD" && !value ? new Fault.Answer(403, "", ("x-ms-error-code", "AuthorizationPermissionMismatch")) : null;
    }

    /// <summary>
    /// S-93: the node's clock is an hour behind. Azure refuses what is a quarter of an hour away ("Authorize with Shared Key",
    /// which Azurite does not check), and its answer says what time it is.
    /// </summary>
    [Fact]
    public async Task A_wrong_clock_is_corrected_by_the_first_refusal()
    {
        Proxy.Rule = request => IsSkewed(request.Headers["x-ms-date"].ToString()) ? new Fault.Answer(403, "", ("x-ms-error-code", "AuthenticationFailed")) : null;
        _wrong.Step(TimeSpan.FromHours(-1));
        await using var store = CreateStore(Proxy.Url, _wrong);

        Assert.Equal(PutStatus.Unauthorized, (await store.ProbeAsync(CancellationToken.None)).Status);
        Assert.Equal(PutStatus.Stored, (await store.ProbeAsync(CancellationToken.None)).Status);
    }

    /// <summary>No copy of it is made, however large it is: the digest reads it once, and then the connection takes block after block.</summary>
    [Fact]
    public async Task A_body_is_read_as_the_connection_takes_it()
    {
        const int length = 32_000_000;
        MemoryStream? opened = null;
        var body = Body(length);
        var item = ObjectStoreContract.NewItem("logs/a", body, true) with { OpenBody = () => opened = new MemoryStream(body, writable: false) };
        using var deadline = new CancellationTokenSource();
        Proxy.Next(new Fault.Stall(1_000_000));

        var put = Store.PutAsync(item, deadline.Token);
        Retry.Until("the upload hangs", () => Proxy.IsStalled, Patience);
        Assert.InRange(opened!.Position, 1, length / 2);

        await deadline.CancelAsync();
        Retry.Until("the attempt is over", () => put.IsCompleted, Patience);
        Assert.True(put.IsCanceled);
    }

    protected override byte[]? Read(string key)
    {
        using var response = servers.Plain.Get(_container, key);
        using var copy = new MemoryStream();
        response.Content.ReadAsStream().CopyTo(copy);
        return response.IsSuccessStatusCode ? copy.ToArray() : null;
    }

    protected override IObjectStore CreateStore(string url, TimeProvider clock) => new AzureBlobObjectStore(
        new AzureBlobSettings
        {
            Account = Azurite.Account,
            Endpoint = url,
            Container = _container,
            Identity = new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret(Azurite.AccountKey, "") },
        },
        _ => null,
        clock);

    private static bool IsSkewed(string date) =>
        (DateTimeOffset.Parse(date, CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow).Duration() > LargestSkew;
}
