using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Collector.Testing.Kubernetes;

/// <summary>A certificate authority of a test's own, and what it signs: for loopback servers, and for clients. Disposing it disposes all.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(2);
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(12);

    private readonly List<X509Certificate2> signed = [];
    private readonly HashSet<string> revoked = [];
    private readonly X509Certificate2 authority;

    /// <param name="name">Its name.</param>
    /// <param name="issuer">The authority that signs it; null: it signs itself.</param>
    public TestAuthority(string name = "test authority", TestAuthority? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        if (issuer is null)
        {
            authority = request.CreateSelfSigned(DateTimeOffset.UtcNow - Lifetime, DateTimeOffset.UtcNow + Lifetime);
            return;
        }

        using X509Certificate2 bare = request.Create(issuer.authority, DateTimeOffset.UtcNow - Margin, DateTimeOffset.UtcNow + Margin, RandomNumberGenerator.GetBytes(8));
        authority = bare.CopyWithPrivateKey(key);
    }

    /// <summary>The authority's certificate, for those who are to trust it.</summary>
    public string Pem => authority.ExportCertificatePem();

    /// <summary>A certificate for these names; 127.0.0.1 without any.</summary>
    public X509Certificate2 SignServer(params string[] names) => Sign("CN=server", request => Name(request, names));

    /// <summary>A certificate for 127.0.0.1 that is for clients alone.</summary>
    public X509Certificate2 SignNoServer() => Sign("CN=client", request =>
    {
        Name(request, []);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
    });

    /// <summary>A certificate that names a user; its key and itself as PEM.</summary>
    public (string Certificate, string Key) SignClient(string user)
    {
        X509Certificate2 client = Sign($"CN={user}", _ => { });
        using ECDsa key = client.GetECDsaPrivateKey()!;
        return (client.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Whether this authority signed it, and it is still good.</summary>
    public bool HasSigned(X509Certificate2 certificate) => certificate.Issuer == authority.Subject && signed.Exists(s => s.Thumbprint == certificate.Thumbprint) && !revoked.Contains(certificate.Thumbprint);

    /// <summary>As certificates that have expired: none that was signed until now is good any more.</summary>
    public void Revoke() => revoked.UnionWith(signed.Select(s => s.Thumbprint));

    public void Dispose()
    {
        signed.ForEach(s => s.Dispose());
        authority.Dispose();
    }

    private static void Name(CertificateRequest request, string[] names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        if (names.Length == 0) alternatives.AddIpAddress(IPAddress.Loopback);
        foreach (string name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
    }

    private X509Certificate2 Sign(string subject, Action<CertificateRequest> complete)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        complete(request);
        using X509Certificate2 bare = request.Create(authority, DateTimeOffset.UtcNow - Shortest, DateTimeOffset.UtcNow + Shortest, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 own = bare.CopyWithPrivateKey(key);
        // Through PKCS #12: an ephemeral key is of no use to the TLS of some platforms.
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
        signed.Add(certificate);
        return certificate;
    }
}
