namespace Collector.Commands.Converting;

/// <summary>
/// Settings that the other agent gives to a part of its records, and that the collector has for all records, or for a whole source.
/// One is converted only if each record that it would reach gets the same value there; else the parts that have it are told.
/// </summary>
internal static class SharedSettings
{
    public const string Cluster = "cluster";

    /// <summary>Whether records have their pods' labels.</summary>
    public const string Labels = "kubernetes.labels";

    /// <summary>Of a source: lines of JSON become fields.</summary>
    public const string ParseJson = "parseJson";

    /// <summary>Takes the settings out of the routes.</summary>
    /// <param name="routes">All of them.</param>
    /// <param name="root">Receives the settings for all records.</param>
    public static void Apply(List<Route> routes, Block root)
    {
        foreach (var key in SettingsOf(routes).Select(s => s.Key).Distinct(StringComparer.Ordinal).ToList())
        {
            // Records of other files have no labels.
            var reached = routes.Where(r => key != Labels || r.Source.IsContainers);
            foreach (var group in reached.GroupBy(r => key == ParseJson ? r.Source : null).Select(g => g.ToList()).Where(g => SettingsOf(g).Any(s => s.Key == key)).ToList())
            {
                var isSame = group.TrueForAll(r => SettingsOf([r]).Any(s => s.Key == key)) && SettingsOf(group).Where(s => s.Key == key).DistinctBy(s => s.Value).Count() == 1;
                if (isSame)
                    Set(SettingsOf(group).First(s => s.Key == key), group[0].Source, root);
                else
                    Tell(key, group, routes);
            }
        }

        for (var i = 0; i < routes.Count; i++)
            routes[i] = routes[i] with { Restrictions = [.. routes[i].Restrictions.Where(r => r is not Restriction.Setting)] };
    }

    private static IEnumerable<Restriction.Setting> SettingsOf(IEnumerable<Route> routes) => routes.SelectMany(r => r.Restrictions).OfType<Restriction.Setting>();

    private static void Set(Restriction.Setting setting, ConvertedSource source, Block root)
    {
        switch (setting.Key)
        {
            case ParseJson when source.IsContainers:
                source.Keys.Set("parseJson", "true");
                break;
            case ParseJson:
                source.Keys.Set("parser", "json");
                break;
            case Labels:
                root.At("kubernetes").Set("labels", setting.Value);
                break;
            default:
                root.SetText(setting.Key, setting.Value);
                break;
        }

        if (setting.Note is { } note)
            root.Add(note);
    }

    private static void Tell(string key, List<Route> group, List<Route> routes)
    {
        var reach = key == ParseJson ? "a whole source" : "all records";
        foreach (var route in group)
        {
            routes[routes.IndexOf(route)] = route with
            {
                Restrictions = [.. route.Restrictions.Select(r => r is Restriction.Setting setting && setting.Key == key
                    ? new Restriction.Other(new Remark(setting.At, $"{setting.What} is for a part of the records; the collector has {key} for {reach}, so it is left out: set {key} yourself if all of them may have it", IsOfWeight: true), "format")
                    : r)],
            };
        }
    }
}
