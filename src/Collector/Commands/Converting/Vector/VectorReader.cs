using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>Reads Vector's sources, transforms and sinks; <c>inputs</c>, with wildcards, join them.</summary>
internal sealed class VectorReader
{
    private readonly Conversion to = new();
    private readonly string file;
    private readonly InputNode root;
    private readonly Dictionary<string, IReadOnlyList<ConvertedSource>> sources = new(StringComparer.Ordinal);
    private readonly Dictionary<ConvertedSource, List<Restriction>> ofSources = [];
    private readonly HashSet<string> walked = new(StringComparer.Ordinal);
    private readonly HashSet<string> walkedPorts = new(StringComparer.Ordinal);

    private VectorReader(InputNode root, string file)
    {
        this.root = root;
        this.file = file;
    }

    public static Conversion Read(string file)
    {
        var reader = new VectorReader(VectorText.Read(file), file);
        reader.ReadAll();
        return reader.to;
    }

    private void ReadAll()
    {
        if (root.Under("sources") is null && root.Under("sinks") is null)
            throw new ConvertException(file, "it has no sources and no sinks");
        var hasContainers = false;
        foreach (var entry in root.EntriesOf("sources"))
        {
            hasContainers |= entry.Value.Text("type") == "kubernetes_logs";
            sources[entry.Key] = ReadSource(entry);
        }

        if (!hasContainers && sources.Values.Any(s => s.Count > 0))
            to.Root.At("kubernetes").Set("enabled", "false");
        foreach (var sink in root.EntriesOf("sinks"))
            ReadSink(sink);
        foreach (var transform in root.EntriesOf("transforms").Where(t => !walked.Contains(t.Key)))
        {
            transform.Whole();
            to.OutputRemarks.Note(transform.At, $"transform {transform.Key} is left out: nothing of it goes to a sink");
        }

        foreach (var transform in root.EntriesOf("transforms").Where(t => walked.Contains(t.Key)))
        {
            foreach (var port in PortsOf(transform).Where(p => p != $"{transform.Key}._unmatched" && !walkedPorts.Contains(p)))
                to.OutputRemarks.Note(transform.At, $"route {port} is left out: nothing of it goes to a sink");
        }

        to.Follow(root, to.Root, VectorNeutral.Root);
    }

    private List<ConvertedSource> ReadSource(InputEntry entry)
    {
        var restrictions = new List<Restriction>();
        List<ConvertedSource> read = entry.Value.Text("type") switch
        {
            "kubernetes_logs" => [VectorSources.Containers(entry, to, restrictions)],
            "file" => VectorSources.Files(entry, to),
            _ => [],
        };
        if (read.Count == 0)
            entry.Whole();
        var type = entry.Value.Text("type");
        if (type is "internal_metrics" or "internal_logs" or "host_metrics")
            to.SourceRemarks.Note(entry.At, $"source {entry.Key} ({type}) is left out: it is about Vector itself or its host; the collector has a log and metrics of its own");
        else if (read.Count == 0)
            to.SourceRemarks.Weigh(entry.At, $"source {entry.Key} ({(type.Length > 0 ? type : "without a type")}) is not collected: the collector reads container logs and other files");
        foreach (var source in read)
            ofSources[source] = restrictions;
        return read;
    }

    private void ReadSink(InputEntry sink)
    {
        var type = sink.Value.Text("type");
        var ways = sink.Value.Texts("inputs").SelectMany(input => Ways(input, sink, [])).ToList();
        if (VectorSinks.Read(sink, to, root.Text("timezone")) is not { } output)
        {
            sink.Whole();
            var name = $"sink {sink.Key} ({(type.Length > 0 ? type : "without a type")})";
            if (type == "blackhole")
                to.OutputRemarks.Note(sink.At, $"{name} is left out: it only discards records");
            else if (ways.Count == 0)
                to.OutputRemarks.Note(sink.At, $"{name} is left out: no collected source goes to it");
            else
                to.OutputRemarks.Weigh(sink.At, $"{name} is left out: the collector writes to object stores alone, so nothing is sent there any more");
            foreach (var (source, _) in ways.Where(_ => type != "blackhole"))
                to.LoseSource(source);
            return;
        }

        foreach (var (source, restrictions) in ways)
            to.AddRoute(source, output, restrictions);
    }

    /// <summary>The sources of an input, with the effect of the transforms between.</summary>
    private List<(ConvertedSource Source, IReadOnlyList<Restriction> Restrictions)> Ways(string input, InputEntry from, IReadOnlyList<string> behind)
    {
        var pattern = new Regex($"^{Regex.Escape(input).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        var found = new List<(ConvertedSource, IReadOnlyList<Restriction>)>();
        var isKnown = false;
        foreach (var (name, read) in sources.Where(s => pattern.IsMatch(s.Key)))
        {
            isKnown = true;
            found.AddRange(read.Select(s => (s, (IReadOnlyList<Restriction>)ofSources[s])));
        }

        foreach (var transform in root.EntriesOf("transforms"))
        {
            foreach (var port in PortsOf(transform).Where(port => pattern.IsMatch(port)))
            {
                isKnown = true;
                if (behind.Contains(transform.Key))
                    throw new ConvertException(transform.At, $"the inputs of {transform.Key} lead back to itself");
                walked.Add(transform.Key);
                walkedPorts.Add(port);
                var own = VectorTransforms.Read(transform, port[transform.Key.Length..].TrimStart('.'), to);
                foreach (var before in transform.Value.Texts("inputs"))
                {
                    foreach (var (source, restrictions) in Ways(before, transform, [.. behind, transform.Key]))
                        found.Add((source, [.. restrictions, .. own.Restrictions]));
                }
            }
        }

        if (!isKnown)
            to.OutputRemarks.Note(from.At, $"the input {input} of {from.Key} is not defined");
        return found;
    }

    /// <summary>The names by which other components refer to a transform.</summary>
    private static IEnumerable<string> PortsOf(InputEntry transform) => transform.Value.Text("type") switch
    {
        "route" or "exclusive_route" => [.. transform.Value.EntriesOf("route").Select(r => $"{transform.Key}.{r.Key}"), .. transform.Value.Items("routes").Select(r => $"{transform.Key}.{r.Text("name")}"), $"{transform.Key}._unmatched"],
        _ => [transform.Key],
    };
}
