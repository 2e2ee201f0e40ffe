using Collector.Pipeline.Records;

namespace Collector.Configuration;

/// <summary>Key prefixes that are legal (contract §4) and hardly what was meant.</summary>
internal static class KeyPrefixWarnings
{
    public static IEnumerable<string> Of(CollectorConfiguration config)
    {
        foreach (var output in config.Outputs)
        {
            var template = output.GetKeyTemplate();
            foreach (var objection in template.Fields.Select(RecordFields.Objection).OfType<string>())
                yield return $"outputs.{output.Name}.keyPrefix: {objection}. Its fallback stands in every key";
            if (template.HasSeconds)
                yield return $"outputs.{output.Name}.keyPrefix: %S and %s make an object of every second in which there are records; each is a request that costs";
        }
    }
}
