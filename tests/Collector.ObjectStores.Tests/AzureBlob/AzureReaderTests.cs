using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Azure;

namespace Collector.ObjectStores.Tests.AzureBlob;

public sealed class AzureReaderTests : ObjectReaderContract
{
    public AzureReaderTests(AzuriteServers servers)
    {
        var settings = new AzureBlobSettings
        {
            Account = Azurite.Account,
            Endpoint = servers.Plain.Url,
            Container = servers.Plain.CreateContainer(),
            Identity = new() { Type = AzureIdentityType.AccountKey, AccountKey = new Secret(Azurite.AccountKey, "") },
        };
        Store = new AzureBlobObjectStore(settings, _ => null, TimeProvider.System);
        Reader = new AzureBlobObjectReader(settings, _ => null);
        Stranger = new AzureBlobObjectReader(settings with { Identity = new() { Type = AzureIdentityType.Sas, Sas = new Secret(Azurite.Sas("cw", "o"), "") } }, _ => null);
    }

    protected override IObjectStore Store { get; }

    protected override IObjectReader Reader { get; }

    protected override IObjectReader? Stranger { get; }

    protected override int MoreThanAPage => 5500;
}
