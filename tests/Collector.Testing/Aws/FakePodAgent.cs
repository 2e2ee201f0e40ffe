using System.Globalization;
using Collector.Testing.S3;
using Collector.Testing.Servers;

namespace Collector.Testing.Aws;

/// <summary>
/// The EKS Pod Identity agent ("Understand how EKS Pod Identity works", Amazon EKS User Guide): GET of /v1/credentials with the
/// pod's projected token, audience pods.eks.amazonaws.com, as the whole Authorization header.
/// </summary>
public sealed class FakePodAgent(ClusterIssuer issuer, S3Keys known, TimeProvider clock)
{
    public const string Audience = "pods.eks.amazonaws.com";

    private int _given;

    public Answer Serve(ReceivedRequest request)
    {
        if (request.Method != "GET" || request.Target != "/v1/credentials")
            return new Answer(404);
        if (issuer.Refuse(request["authorization"], FakeSts.Subject, Audience, clock.GetUtcNow()) is { } why)
            return new Answer(400, $"[token]: {why}");
        var number = Interlocked.Increment(ref _given);
        var end = clock.GetUtcNow() + FakeSts.Life;
        known.Add($"ASIAPOD{number}", $"secret{number}", $"token{number}", end);
        return new Answer(200, $$"""
            {"AccessKeyId":"ASIAPOD{{number}}","SecretAccessKey":"secret{{number}}","Token":"token{{number}}","AccountId":"123456789012","Expiration":"{{end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}
            """);
    }
}
