using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using Collector.Testing.Processes;

namespace Collector.Testing.Azure;

/// <summary>
/// Azurite's blob service as a process, and a look past the store into it. With TLS it has a certificate of its own authority
/// (<see cref="CaFile"/>) and checks bearer tokens (<c>--oauth basic</c>). It comes from <c>hack/emulators</c> (hack/install.sh).
/// </summary>
public sealed class Azurite : IDisposable
{
    /// <summary>Azurite's well-known account and its key, which is no secret.</summary>
    public const string Account = "devstoreaccount1";
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string SasVersion = "2021-12-02";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("azurite-").FullName;
    private readonly Process _process;
    private readonly HttpClient _http;
    private string _certificate = "";
    private readonly string _sas = Sas("rwdlac", "sco");

    public Azurite(bool withTls)
    {
        var port = FreePort.Find();
        Url = $"{(withTls ? "https" : "http")}://127.0.0.1:{port}";
        List<string> arguments =
        [
            Repository.In("hack/emulators/node_modules/azurite/dist/src/blob/main.js"), "--blobPort", $"{port}", "--blobHost", "127.0.0.1", "--inMemoryPersistence", "--silent",
            "--disableTelemetry", "--skipApiVersionCheck",
        ];
        if (withTls)
        {
            WriteCertificate();
            arguments.AddRange(["--oauth", "basic", "--cert", $"{_directory}/cert.pem", "--key", $"{_directory}/key.pem"]);
        }

        _process = Process.Start(new ProcessStartInfo("node", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory,
        })
            ?? throw new InvalidOperationException("node does not start");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _http = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate } });
        Retry.Until("Azurite answers", IsThere, StartTimeout);
    }

    /// <summary>Of the service, without account and slash.</summary>
    public string Url { get; }

    public string CaFile => $"{_directory}/cert.pem";

    /// <summary>An account signature ("Create an account SAS"), for an hour.</summary>
    /// <param name="permissions">As in <c>sp</c>.</param>
    /// <param name="types">As in <c>srt</c>: service, container, object.</param>
    public static string Sas(string permissions, string types)
    {
        var end = DateTimeOffset.UtcNow.AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var text = $"{Account}\n{permissions}\nb\n{types}\n\n{end}\n\n\n{SasVersion}\n\n";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(AccountKey), Encoding.UTF8.GetBytes(text)));
        return $"sv={SasVersion}&ss=b&srt={types}&sp={permissions}&se={Uri.EscapeDataString(end)}&sig={Uri.EscapeDataString(signature)}";
    }

    public string CreateContainer()
    {
        var name = $"c{Guid.NewGuid():N}";
        using var response = Send(HttpMethod.Put, $"{name}?restype=container&");
        response.EnsureSuccessStatusCode();
        return name;
    }

    /// <summary>All blobs, those that are not committed too.</summary>
    public IReadOnlyList<string> List(string container)
    {
        using var response = Send(HttpMethod.Get, $"{container}?restype=container&comp=list&include=uncommittedblobs&");
        response.EnsureSuccessStatusCode();
        return [.. XDocument.Load(response.Content.ReadAsStream()).Descendants("Blob").Select(blob => blob.Element("Name")!.Value)];
    }

    /// <summary>A blob with its headers; the caller disposes it.</summary>
    public HttpResponseMessage Get(string container, string key) =>
        Send(HttpMethod.Get, $"{container}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}?");

    public void Dispose()
    {
        _http.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private HttpResponseMessage Send(HttpMethod method, string pathAndQuery)
    {
        using var request = new HttpRequestMessage(method, $"{Url}/{Account}/{pathAndQuery}{_sas}");
        return _http.Send(request);
    }

    private bool IsThere()
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"Azurite ended with exit code {_process.ExitCode}");
        try
        {
            using var response = Send(HttpMethod.Get, "?comp=list&");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A certificate that is its own authority, for the address it listens at.</summary>
    private void WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=azurite", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = certificate.GetCertHashString();
        File.WriteAllText($"{_directory}/cert.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{_directory}/key.pem", key.ExportPkcs8PrivateKeyPem());
    }
}
