using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Collector.Pipeline.Storage;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Decides which server certificates a connection trusts: the system's authorities and those of <c>caFile</c>. A refusal has a
/// reason and a fix, where the runtime has only a number.
/// </summary>
/// <param name="caFile">PEM file of further authorities, read at each handshake; empty: the system's alone.</param>
internal sealed class ServerTrust(string caFile)
{
    /// <summary>
    /// A client certificate of the same authority is not a server certificate: <c>id-kp-serverAuth</c> (RFC 5280 §4.2.1.12).
    /// </summary>
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>An unknown authority, or one that only has the name of a known one.</summary>
    private const X509ChainStatusFlags Unknown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;

    /// <summary>
    /// The system's trust stays; only an unknown authority is looked up in the file. A wrong name is never accepted.
    /// </summary>
    public bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (certificate is not X509Certificate2 leaf)
            throw Distrust("the server shows no certificate; check that the port is a TLS port");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw Distrust($"its certificate is for {NamesOf(leaf)}; write such a name as store.endpoint, or give the server a certificate for this one");
        if (caFile.Length == 0)
            throw Distrust(Reason(leaf, presented, "if the authority is your own, put its certificate into caFile"));

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        if (Problem(chain.ChainPolicy.CustomTrustStore) is { } problem)
            throw Distrust($"caFile {caFile} cannot be read: {problem}");
        return chain.Build(leaf) ? true : throw Distrust(Reason(leaf, chain, $"neither the system's certificates nor caFile {caFile} have that authority: add its certificate to caFile"));
    }

    /// <summary>Reads the authorities; null if that succeeded.</summary>
    private string? Problem(X509Certificate2Collection authorities)
    {
        try
        {
            authorities.ImportFromPem(SmallFile.ReadText(caFile));
            return authorities.Count > 0 ? null : "the file has no certificate";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return e.Message;
        }
    }

    private static string Reason(X509Certificate2 leaf, X509Chain? chain, string remedyOfUnknown)
    {
        var all = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (sum, status) => sum | status.Status);
        if (all.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return $"its certificate, or one above it, is not valid now (its own is from {leaf.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC); renew it, or set this node's clock";
        if (all.HasFlag(X509ChainStatusFlags.NotValidForUsage))
            return $"its certificate ({leaf.Subject}) is not a server certificate (no serverAuth); give the server one with serverAuth";
        return (all & Unknown) != X509ChainStatusFlags.NoError
            ? $"its certificate is by {leaf.Issuer}, which is not trusted; {remedyOfUnknown}"
            : $"its certificate ({leaf.Subject}) is refused: {all}";
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
        var all = string.Join(", ", names.Take(5));
        return all.Length > 0 ? all : certificate.Subject;
    }

    /// <summary>Without an inner exception, because the log shows the innermost message.</summary>
    private static AuthenticationException Distrust(string why) => new(why);
}
