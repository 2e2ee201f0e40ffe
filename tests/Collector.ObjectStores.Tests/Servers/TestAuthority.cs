using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Collector.ObjectStores.Tests.Servers;

/// <summary>A certificate authority that nobody trusts yet, with a certificate of <c>localhost</c>.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _authority;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        Server = Issue(_authority);
        File = Path.GetTempFileName();
        System.IO.File.WriteAllText(File, _authority.ExportCertificatePem());
    }

    /// <summary>PEM of the authority.</summary>
    public string File { get; }

    /// <summary>For 127.0.0.1, with its key.</summary>
    public X509Certificate2 Server { get; }

    public void Dispose()
    {
        System.IO.File.Delete(File);
        Server.Dispose();
        _authority.Dispose();
    }

    private static X509Certificate2 Issue(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        return certificate.CopyWithPrivateKey(key);
    }
}
