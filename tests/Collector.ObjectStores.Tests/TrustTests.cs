using System.Security.Cryptography.X509Certificates;
using Collector.Pipeline.Upload;
using Collector.Testing.Kubernetes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>With <c>caFile</c>: whom a store's connection believes, and that nothing is sent to anybody else (RFC 5280 §6, RFC 9110 §4.3.4).</summary>
public sealed class TrustTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new();
    private readonly string _caFile = Path.GetTempFileName();

    public TrustTests() => File.WriteAllText(_caFile, _authority.Pem);

    public static MatrixTheoryData<string, string> Refused => new(["s3", "azureBlob", "gcs"], ["other authority", "a client's", "another name"]);

    public void Dispose()
    {
        File.Delete(_caFile);
        _authority.Dispose();
        _other.Dispose();
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_server_of_the_files_authority_is_believed(string type)
    {
        var (result, requests) = await PutAsync(type, _authority.SignServer());

        Assert.Equal(1, requests);
        Assert.Contains("404", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Any_other_certificate_is_refused_before_anything_is_sent(string type, string whose)
    {
        var (result, requests) = await PutAsync(type, whose switch
        {
            "other authority" => _other.SignServer(),
            "a client's" => _authority.SignNoServer(),
            _ => _authority.SignServer("store.test"),
        });

        Assert.Equal((PutStatus.Unavailable, 0), (result.Status, requests));
        Assert.StartsWith("TLS with 127.0.0.1:", result.Message, StringComparison.Ordinal);
        Assert.Contains(
            whose switch
            {
                "other authority" => $"neither the system's certificates nor caFile {_caFile} have that authority",
                "a client's" => "is not a server certificate (no serverAuth)",
                _ => "its certificate is for store.test",
            },
            result.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task Without_a_file_an_authority_of_ones_own_is_told_to_be_named_there(string type)
    {
        var (result, requests) = await PutAsync(type, _authority.SignServer(), caFile: "");

        Assert.Equal((PutStatus.Unavailable, 0), (result.Status, requests));
        Assert.EndsWith("which is not trusted; if the authority is your own, put its certificate into caFile", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_file_whose_certificate_is_broken_is_named(string type)
    {
        await File.WriteAllTextAsync(_caFile, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");

        var (result, requests) = await PutAsync(type, _authority.SignServer());

        Assert.Equal((PutStatus.Unavailable, 0), (result.Status, requests));
        Assert.Contains($"caFile {_caFile} cannot be read", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3", true)]
    [InlineData("azureBlob", false)]
    [InlineData("gcs", true)]
    public async Task A_file_that_cannot_be_read_is_named(string type, bool isThere)
    {
        File.Delete(_caFile);
        if (isThere)
            await File.WriteAllTextAsync(_caFile, "no certificate");

        var (result, requests) = await PutAsync(type, _authority.SignServer());

        Assert.Equal((PutStatus.Unavailable, 0), (result.Status, requests));
        Assert.Contains($"caFile {_caFile} cannot be read", result.Message, StringComparison.Ordinal);
    }

    private async Task<(PutResult Result, int Requests)> PutAsync(string type, X509Certificate2 certificate, string? caFile = null)
    {
        using var server = new TlsServer(certificate);
        PutResult result;
        await using (var store = AnyStore.Open(type, server.Url, caFile: caFile ?? _caFile))
            result = await store.PutAsync(ObjectStoreContract.NewItem("logs/a", "x"u8.ToArray(), true), CancellationToken.None);
        return (result, server.Requests);
    }
}
