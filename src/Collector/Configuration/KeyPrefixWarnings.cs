using Collector.Pipeline.Records;

namespace Collector.Configuration;

/// <summary>Warns of key prefixes that are legal (contract §4) but probably not intended.</summary>
internal static class KeyPrefixWarnings
{
    public static IEnumerable<string> Of(CollectorConfiguration config)
    {
        foreach (var output in config.Outputs)
        {
            var template = output.GetKeyTemplate();
            foreach (var objection in template.Fields.Select(RecordFields.Objection).OfType<string>())
                yield return $"outputs.{output.Name}.keyPrefix: {objection}. Every key gets its fallback";
            if (template.HasSeconds)
                yield return $"outputs.{output.Name}.keyPrefix: %S and %s make a new object for every second with records; each object costs a request";
        }
    }
}
