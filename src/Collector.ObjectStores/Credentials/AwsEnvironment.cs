namespace Collector.ObjectStores.Credentials;

/// <summary>The variables that Amazon's tools share (SDKs and Tools Reference Guide).</summary>
internal sealed class AwsEnvironment(Variables variables)
{
    public const string AccessKeyIdName = "AWS_ACCESS_KEY_ID";
    public const string SecretAccessKeyName = "AWS_SECRET_ACCESS_KEY";
    public const string SessionTokenName = "AWS_SESSION_TOKEN";
    public const string RoleArnName = "AWS_ROLE_ARN";
    public const string TokenFileName = "AWS_WEB_IDENTITY_TOKEN_FILE";
    public const string SessionNameName = "AWS_ROLE_SESSION_NAME";
    public const string ContainerUriName = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    public const string ContainerTokenFileName = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

    private const string EndpointName = "AWS_ENDPOINT_URL";
    private const string S3EndpointName = "AWS_ENDPOINT_URL_S3";
    private const string StsEndpointName = "AWS_ENDPOINT_URL_STS";

    public Variables Variables => variables;

    public string AccessKeyId => Get(AccessKeyIdName);

    public string SecretAccessKey => Get(SecretAccessKeyName);

    public string SessionToken => Get(SessionTokenName);

    public string RoleArn => Get(RoleArnName);

    public string TokenFile => Get(TokenFileName);

    public string SessionName => Get(SessionNameName);

    public string ContainerUri => Get(ContainerUriName);

    public string ContainerTokenFile => Get(ContainerTokenFileName);

    public string Region => Get("AWS_REGION") is { Length: > 0 } region ? region : Get("AWS_DEFAULT_REGION");

    public string S3Endpoint => Endpoint(S3EndpointName);

    public string StsEndpoint => Endpoint(StsEndpointName);

    /// <summary>Which variable <see cref="S3Endpoint"/> comes from.</summary>
    public string NameOfS3Endpoint => NameOfEndpoint(S3EndpointName);

    /// <summary>Which variable <see cref="StsEndpoint"/> comes from.</summary>
    public string NameOfStsEndpoint => NameOfEndpoint(StsEndpointName);

    public string InstanceEndpoint => Get("AWS_EC2_METADATA_SERVICE_ENDPOINT");

    public bool IsInstanceDisabled => string.Equals(Get("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);

    private bool IsEndpointIgnored => string.Equals(Get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true", StringComparison.OrdinalIgnoreCase);

    private string Endpoint(string name) => IsEndpointIgnored ? "" : Get(NameOfEndpoint(name));

    /// <summary>A service's own variable, else the common one.</summary>
    private string NameOfEndpoint(string name) => Get(name).Length > 0 ? name : EndpointName;

    private string Get(string name) => variables[name];
}
