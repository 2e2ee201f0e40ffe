namespace Collector.Commands.Converting;

/// <summary>Keys of a ClusterLogForwarder that have no counterpart and leave the stored data as they are.</summary>
internal static class ClusterLogForwarderNeutral
{
    public static readonly NeutralKeys Spec = new("serviceAccount*", "managementState", "collector*");

    public static readonly NeutralKeys Output = new("tls.securityProfile*", "tls.insecureSkipVerify", "s3.authentication.iamRole.token*");
}
