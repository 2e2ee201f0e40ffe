using System.Diagnostics.CodeAnalysis;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Credentials.Internal;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SSO;
using Amazon.SSOOIDC;
using Amazon.Util;
using Amazon.Util.Internal;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// A person's profile (<c>~/.aws/config</c>, <c>~/.aws/credentials</c>), as Amazon's SDK reads it: keys, a role with the keys of another
/// profile or by a token in a file, SSO with the token that <c>aws sso login</c> has stored. For readers alone.
/// </summary>
internal sealed class ProfileIdentity : AwsIdentity
{
    private readonly CredentialProfile _profile;
    private readonly AmazonS3Config _chosen;

    // The SDK makes the clients that a profile needs by the names of their types, which a binary that is compiled ahead keeps only when
    // told. Its registry of clients is no way to it: what it asks for one that assumes a role does not say whose keys it signs with.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSecurityTokenServiceClient))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSecurityTokenServiceConfig))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSSOClient))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSSOConfig))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSSOOIDCClient))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(AmazonSSOOIDCConfig))]
    private ProfileIdentity(CredentialProfile profile)
    {
        _profile = profile;
        _chosen = new AmazonS3Config { Profile = new Profile(profile.Name) };
    }

    public override string Description => $"AWS profile {_profile.Name}";

    /// <summary>
    /// The profile that the environment names, else <c>default</c>; null where there is none, or it says nothing of credentials. One of
    /// which the SDK makes none is told so, and is not passed over for the instance's.
    /// </summary>
    /// <param name="region">Of the store: where STS is asked when neither the environment nor the profile names a region.</param>
    public static ProfileIdentity? Find(string region)
    {
        if (!new CredentialProfileStoreChain().TryGetProfile(DefaultAWSCredentialsIdentityResolver.GetProfileName(), out var profile)
            || (!profile.CanCreateAWSCredentials && profile.Options is not { RoleArn.Length: > 0 }))
            return null;

        // Else the SDK asks the instance for it, and where there is none it waits for minutes.
        if (FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false) is null)
        {
            AWSConfigs.AWSRegion = region;
        }

        return new ProfileIdentity(profile);
    }

    /// <summary>The SDK keeps them until they end, or the files change.</summary>
    public override async ValueTask<AwsKeys> GetAsync(CancellationToken cancellation)
    {
        try
        {
            var credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(_chosen).WaitAsync(cancellation).ConfigureAwait(false);
            var keys = await credentials.GetCredentialsAsync().WaitAsync(cancellation).ConfigureAwait(false);
            return new AwsKeys(keys.AccessKey, keys.SecretKey, keys.Token ?? "", null, "");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Explain(e);
        }
    }

    /// <summary>The profile that signs in by SSO: this one, or one whose keys assume its role.</summary>
    private CredentialProfile? FindSso()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var profile = _profile; profile is not null && seen.Add(profile.Name); profile = Source(profile))
        {
            if (profile.Options is { SsoAccountId.Length: > 0, RoleArn: null or "" })
                return profile;
        }

        return null;

        static CredentialProfile? Source(CredentialProfile profile) =>
            profile.Options.SourceProfile is { Length: > 0 } name && new CredentialProfileStoreChain().TryGetProfile(name, out var source) ? source : null;
    }

    private static bool IsSignedIn(CredentialProfile sso)
    {
        var cache = new SSOTokenFileCache(CryptoUtilFactory.CryptoInstance, new FileRetriever(), new DirectoryRetriever());
        var wanted = new SSOTokenManagerGetTokenOptions { StartUrl = sso.Options.SsoStartUrl, Session = sso.Options.SsoSession };
        return cache.TryGetSsoToken(wanted, ssoCacheDirectory: null, out var token) && !token.IsExpired();
    }

    private CredentialException Explain(Exception e)
    {
        var causes = Causes(e).ToList();
        var (said, last) = (ServerWords.FirstLine(e.Message), ServerWords.FirstLine(causes[^1].Message));
        if (causes.Exists(cause => cause is HttpRequestException))
            return new CredentialException($"{Description}: {said}: {last}", e) { IsUnavailable = true };

        var answer = causes.OfType<AmazonServiceException>().LastOrDefault(cause => (int)cause.StatusCode != 0);
        if (FindSso() is { } sso && (answer is AmazonSSOException { StatusCode: HttpStatusCode.Unauthorized } || !IsSignedIn(sso)))
            return new CredentialException($"{Description}: not signed in by SSO, or no longer; run: aws sso login --profile {sso.Name}", e);
        return answer is null
            ? new CredentialException($"{Description}: {last}; run eval \"$(aws configure export-credentials --profile {_profile.Name} --format env)\" before", e)
            : new CredentialException($"{Description}: {(e == answer ? "" : $"{said}: ")}{(int)answer.StatusCode} {answer.ErrorCode}: {ServerWords.FirstLine(answer.Message)}", e)
            {
                IsUnavailable = (int)answer.StatusCode is 429 or >= 500,
            };
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
