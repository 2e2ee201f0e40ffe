using System.Net;
using System.Xml.Linq;
using Collector.EndToEnd.Harness;

namespace Collector.EndToEnd.Requirements;

/// <summary>
/// A reader in alphabetical order: it lists a prefix from behind the last key that it has fetched on, and never looks back. What
/// appears below that key it never sees.
/// </summary>
/// <param name="bucket">What is read.</param>
/// <param name="prefix">The one entry that it was given.</param>
internal sealed class Fetcher(Bucket bucket, string prefix)
{
    private static readonly HttpClient Http = new();
    private readonly List<string> _fetched = [];

    /// <summary>In the order in which they were fetched.</summary>
    public IReadOnlyList<string> Fetched => _fetched;

    /// <summary>All keys of a prefix behind one, in order.</summary>
    public static IReadOnlyList<string> List(Bucket bucket, string prefix, string after = "")
    {
        const int Patience = 1000;
        var keys = new List<string>();
        for (int tries = 0; ; tries++)
        {
            string url = $"{bucket.Behind.OriginalString}/{bucket.Name}?list-type=2&prefix={Uri.EscapeDataString(prefix)}{(after.Length > 0 ? $"&start-after={Uri.EscapeDataString(after)}" : "")}";
            using HttpResponseMessage response = Http.GetAsync(new Uri(url)).GetAwaiter().GetResult();
            if (response.StatusCode == HttpStatusCode.InternalServerError && tries < Patience)
                continue; // s3rver, when a file is being written in its place
            response.EnsureSuccessStatusCode();
            XElement list = XDocument.Load(response.Content.ReadAsStream()).Root!;
            keys.AddRange(list.Elements(list.Name.Namespace + "Contents").Select(one => one.Element(list.Name.Namespace + "Key")!.Value));
            if (list.Element(list.Name.Namespace + "IsTruncated")!.Value != "true")
                return keys;
            after = keys[^1];
        }
    }

    /// <summary>Fetches what is new.</summary>
    public void Look() => _fetched.AddRange(List(bucket, prefix, _fetched.Count > 0 ? _fetched[^1] : ""));
}
