using System.Diagnostics.CodeAnalysis;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// A bucket in Google Cloud Storage (contract §2). The default endpoint is <c>STORAGE_EMULATOR_HOST</c>, else
/// <c>https://storage.googleapis.com</c>.
/// </summary>
public sealed record GcsSettings : HttpStoreSettings
{
    /// <summary>Names an emulator, as in Google's own libraries; used if no endpoint is configured.</summary>
    public const string EmulatorVariable = "STORAGE_EMULATOR_HOST";

    public required string Bucket { get; init; }

    /// <summary><c>STANDARD</c>, <c>NEARLINE</c>, <c>COLDLINE</c>, <c>ARCHIVE</c>.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary><c>projects/P/locations/L/keyRings/R/cryptoKeys/K</c>.</summary>
    public string KmsKey { get; init; } = "";

    public GoogleIdentitySettings Identity { get; init; } = new();

    /// <summary>Whether a value of <see cref="EmulatorVariable"/> can be used; some write it without a scheme.</summary>
    public static bool TryParseEmulator(string text, [NotNullWhen(true)] out Uri? url) =>
        HttpUrl.TryParse(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", out url) && url.Query.Length == 0 && url.UserInfo.Length == 0;
}
