namespace Collector.Pipeline.Records;

/// <summary>
/// <c>layout: openshift</c> (contract §4): cluster, day, log type and source, and behind them what that source has.
/// <code>
/// log source                  then
/// container                   namespace, pod, container
/// kubeAPI, openshiftAPI, ovn  nothing: they are the cluster's
/// any other (auditd, node)    the host
/// </code>
/// </summary>
public static class OpenShiftLayout
{
    private const string Stem = """{.cluster||"none"}/{"%F"}/{.log_type||"none"}/{.log_source||"none"}/""";

    private static readonly KeyTemplate s_containers =
        Parse(Stem + """{.kubernetes.namespace_name||"none"}/{.kubernetes.pod_name||"none"}/{.kubernetes.container_name||"none"}/""");

    private static readonly KeyTemplate s_host = Parse(Stem + """{.hostname||"none"}/""");
    private static readonly KeyTemplate s_cluster = Parse(Stem);

    public static KeyTemplate Template { get; } = new(s_containers, TemplateFor);

    private static KeyTemplate TemplateFor(RecordIdentity identity) => identity.LogSource switch
    {
        "container" => s_containers,
        "kubeAPI" or "openshiftAPI" or "ovn" => s_cluster,
        _ => s_host,
    };

    private static KeyTemplate Parse(string text) =>
        KeyTemplate.TryParse(text, out var template, out var error) ? template : throw new InvalidOperationException(error);
}
