using Collector.ObjectStores;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>
/// Warns of outputs that store every line twice, and of sources that take the same files. Not a mistake, because nothing is lost; but
/// probably not intended.
/// </summary>
internal static class TwiceWarnings
{
    public static IEnumerable<string> Of(CollectorConfiguration config)
    {
        foreach (var (one, other) in PairsOf(config.Outputs))
        {
            if (PlaceOf(one.Store) == PlaceOf(other.Store) && one.GetKeyTemplate().Text == other.GetKeyTemplate().Text && (TakesAll(one.Match) || TakesAll(other.Match)))
                yield return $"outputs.{other.Name}: it has the store and the keyPrefix of output {one.Name}, so records that both take are stored there twice, and collector logs shows them twice; give one of them another keyPrefix, or both a match, so that no record matches both";
        }

        foreach (var (one, other) in PairsOf([.. config.Sources.OfType<FileSourceSettings>()]))
        {
            if (GlobOverlap.Exists(one.Path, other.Path))
                yield return $"sources.{other.Name}.path: source {one.Name}, which comes first, reads the same files or some of them, and a file is read by one source only; narrow one of the two paths, or add excludePaths";
        }
    }

    private static string PlaceOf(StoreSettings store) => store switch
    {
        FileSystemSettings files => files.Path,
        S3Settings s3 => $"s3 {s3.Endpoint} {s3.Bucket}",
        AzureBlobSettings azure => $"azure {azure.Endpoint} {azure.Account} {azure.Container}",
        GcsSettings gcs => $"gcs {gcs.Endpoint} {gcs.Bucket}",
        _ => "",
    };

    private static bool TakesAll(MatchConfiguration match) =>
        match is { Sources.Count: 0, LogTypes.Count: 0, PodLabels.Count: 0, Namespaces: { Include.Count: 0, Exclude.Count: 0 } };

    private static IEnumerable<(T One, T Other)> PairsOf<T>(IReadOnlyList<T> all) =>
        all.SelectMany((one, i) => all.Skip(i + 1).Select(other => (one, other)));
}
