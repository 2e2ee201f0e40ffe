using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Chooses the identity (contract §2). A configured identity that is incomplete or unavailable is an error, raised when keys are
/// needed, that names what is missing. No other identity ever takes its place.
/// </summary>
internal static class AwsIdentities
{
    private const string PodIdentityHelp =
        "give the pod's service account an EKS Pod Identity association (and run the agent), and start the pod again";

    private const string WebIdentityHelp =
        "annotate the pod's service account with eks.amazonaws.com/role-arn and start the pod again";

    public static AwsIdentity Create(AwsIdentitySettings wanted, AwsIdentityContext context)
    {
        var first = First(wanted, context);
        return wanted.AssumeRole.RoleArn.Length == 0
            ? first
            : new AssumedRoleIdentity(first, wanted.AssumeRole with { SessionName = SessionName(wanted.AssumeRole.SessionName) }, new StsClients(context), context.Clock);
    }

    private static AwsIdentity First(AwsIdentitySettings wanted, AwsIdentityContext context) => wanted.Type switch
    {
        AwsIdentityType.AccessKey => new AccessKeyIdentity(wanted.AccessKeyId, wanted.SecretAccessKey, wanted.SessionToken, "configured"),
        AwsIdentityType.WebIdentity => Web(wanted, context),
        AwsIdentityType.PodIdentity => Pod(context),
        AwsIdentityType.Instance => Instance(context),
        _ => Auto(wanted, context),
    };

    private static AwsIdentity Auto(AwsIdentitySettings wanted, AwsIdentityContext context)
    {
        var environment = context.Environment;
        if (wanted.RoleArn.Length > 0 || wanted.TokenFile.Length > 0)
            return Web(wanted, context);
        if (environment.AccessKeyId.Length > 0 || environment.SecretAccessKey.Length > 0)
            return FromEnvironment(environment);
        if (environment.TokenFile.Length > 0 || environment.RoleArn.Length > 0)
            return Web(wanted, context);
        if (environment.ContainerUri.Length > 0)
            return Pod(context);
        return environment.Variables.IsInPod
            ? new MissingIdentity("auto", $"no identity was given to this pod: neither {AwsEnvironment.AccessKeyIdName}, nor {AwsEnvironment.TokenFileName}, " +
                $"nor {AwsEnvironment.ContainerUriName} is set; {WebIdentityHelp}, or {PodIdentityHelp}; the node's own identity is taken with authentication type instance alone")
            : Instance(context);
    }

    private static AwsIdentity FromEnvironment(AwsEnvironment environment)
    {
        if (environment.AccessKeyId.Length == 0)
            return new MissingIdentity("access key", $"{AwsEnvironment.SecretAccessKeyName} is set, {AwsEnvironment.AccessKeyIdName} is not; set both or neither");
        if (environment.SecretAccessKey.Length == 0)
            return new MissingIdentity("access key", $"{AwsEnvironment.AccessKeyIdName} is set, {AwsEnvironment.SecretAccessKeyName} is not; set both or neither");
        return new AccessKeyIdentity(Text(environment.AccessKeyId), Text(environment.SecretAccessKey), Text(environment.SessionToken), "environment");
    }

    private static AwsIdentity Web(AwsIdentitySettings wanted, AwsIdentityContext context)
    {
        var environment = context.Environment;
        var role = wanted.RoleArn.Length > 0 ? wanted.RoleArn : environment.RoleArn;
        var token = NamedFile.Of(wanted.TokenFile, "tokenFile", environment.Variables, AwsEnvironment.TokenFileName);
        if (role.Length == 0)
            return new MissingIdentity("web identity", $"{AwsEnvironment.RoleArnName} is not set, and authentication.roleArn is empty; {WebIdentityHelp}");
        if (token.Path.Length == 0)
            return new MissingIdentity("web identity", $"{AwsEnvironment.TokenFileName} is not set, and authentication.tokenFile is empty; {WebIdentityHelp}");
        var session = wanted.SessionName.Length > 0 ? wanted.SessionName : environment.SessionName;
        return new WebIdentity(role, token, SessionName(session), new StsClients(context), context.Clock);
    }

    private static AwsIdentity Pod(AwsIdentityContext context)
    {
        var environment = context.Environment;
        if (environment.ContainerUri.Length == 0)
            return new MissingIdentity("pod identity", $"{AwsEnvironment.ContainerUriName} is not set; {PodIdentityHelp}");
        if (environment.ContainerTokenFile.Length == 0)
            return new MissingIdentity("pod identity", $"{AwsEnvironment.ContainerTokenFileName} is not set; {PodIdentityHelp}");
        return PodIdentity.IsAllowed(environment.ContainerUri, out var agent)
            ? new PodIdentity(agent, environment.ContainerTokenFile, context.Local, context.Clock)
            : new MissingIdentity("pod identity", $"{AwsEnvironment.ContainerUriName} {WithoutSecrets.StripUrl(environment.ContainerUri)} is neither https, nor the agent's address, nor loopback: any process that listens there would receive the token");
    }

    private static AwsIdentity Instance(AwsIdentityContext context)
    {
        if (context.Environment.IsInstanceDisabled)
            return new MissingIdentity("instance", "AWS_EC2_METADATA_DISABLED is true; unset it, or choose another authentication type");
        var endpoint = context.Environment.InstanceEndpoint;
        return HttpUrl.TryParse(endpoint.Length > 0 ? endpoint : InstanceIdentity.DefaultEndpoint, out var service)
            ? new InstanceIdentity(service, context.Local, context.Clock)
            : new MissingIdentity("instance", $"AWS_EC2_METADATA_SERVICE_ENDPOINT {WithoutSecrets.StripUrl(endpoint)} is not an http(s) URL: correct it");
    }

    /// <summary>The session name that CloudTrail shows: the node's name is the most useful one.</summary>
    private static string SessionName(string wanted) => wanted.Length > 0 ? wanted : StsSessionName.Of(System.Environment.MachineName);

    private static Secret Text(string value) => new(value, "");
}
