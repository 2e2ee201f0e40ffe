using System.Globalization;
using Collector.Testing.S3;
using Collector.Testing.Servers;

namespace Collector.Testing.Aws;

/// <summary>
/// EC2 instance metadata with version 1 switched off ("Use IMDS", Amazon EC2 User Guide): a session token by PUT with its life in
/// a header, without which every GET is 401; the role's name, then its keys.
/// </summary>
public sealed class FakeInstanceMetadata(S3Keys known, TimeProvider clock)
{
    private const string Token = "AQAEA-session";
    private const string Roles = "/latest/meta-data/iam/security-credentials/";

    public Answer Serve(ReceivedRequest request)
    {
        if (request is { Method: "PUT", Target: "/latest/api/token" })
            return int.TryParse(request["x-aws-ec2-metadata-token-ttl-seconds"], out var life) && life is >= 1 and <= 21_600 ? new Answer(200, Token) : new Answer(400);
        if (request.Method != "GET" || request["x-aws-ec2-metadata-token"] != Token)
            return new Answer(401);
        return request.Target switch
        {
            // Amazon's SDK asks without the slash.
            Roles or "/latest/meta-data/iam/security-credentials" => new Answer(200, "node-role"),
            Roles + "node-role" => Give(),
            _ => new Answer(404),
        };
    }

    private Answer Give()
    {
        var end = clock.GetUtcNow() + FakeSts.Life;
        known.Add("ASIANODE", "secret", "token", end);
        return new Answer(200, $$"""
            {"Code":"Success","LastUpdated":"2026-11-21T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"ASIANODE","SecretAccessKey":"secret","Token":"token","Expiration":"{{end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}
            """);
    }
}
