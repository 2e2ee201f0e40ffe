using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>Values that Kubernetes would accept and that would not do what they say are refused, with the fix.</summary>
public sealed class ChecksTests
{
    private const string Aws = @"serviceAccount.annotations.eks\.amazonaws\.com/role-arn=role";
    private const string Azure = @"serviceAccount.annotations.azure\.workload\.identity/client-id=id";
    private const string Google = @"serviceAccount.annotations.iam\.gke\.io/gcp-service-account=a@b";

    private static readonly string[] Bucket = ["--set", ChartFiles.Image, "--set", "store.bucket=my-logs"];
    private static readonly string[] Store = [.. Bucket, "--set", "store.type=s3"];

    public static TheoryData<string> Examples => [.. ChartFiles.AllValues().Where(file => file.StartsWith("deploy/examples", StringComparison.Ordinal))];

    [Theory]
    [InlineData("updateStrategy.rollingUpdate.maxSurge=1", "updateStrategy.rollingUpdate.maxSurge: two collectors cannot share a data dir")]
    [InlineData("updateStrategy.rollingUpdate.maxSurge=10%", "updateStrategy.rollingUpdate.maxSurge: ")]
    [InlineData("nonRoot=true,securityContext.runAsUser=0", "securityContext.runAsUser: 0 is not the user of the data dir, 10001")]
    [InlineData("securityContext.runAsUser=1000", "securityContext.runAsUser: 1000 is not the user of the data dir, 0")]
    [InlineData("podSecurityContext.runAsNonRoot=true", "set nonRoot=true")]
    [InlineData("podMonitor.create=true,serviceMonitor.create=true", "scrape each collector twice")]
    [InlineData("config.dataDir=/tmp/x/../y", "config.dataDir: /tmp/x/../y is not a path that can be mounted")]
    [InlineData("config.dataDir=/x/./y", "config.dataDir: /x/./y is not")]
    [InlineData("hostPaths.varLog=/var/../logs", "hostPaths.varLog: ")]
    [InlineData("hostPaths.varLog=/logs", "config.sources[0].path: /var/log/containers/*.log is outside of what the pod mounts (/logs)")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=file,config.sources[0].path=/srv/x.log", "config.sources[0].path: /srv/x.log is outside of what the pod mounts (/var/log)")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].podLogs=/pods", "config.sources[0].podLogs: /pods is outside")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].dockerRoot=/docker", "config.sources[0].dockerRoot: /docker is outside of what the pod mounts (/var/log), so nothing would be read; mount its directory with extraVolumes and extraVolumeMounts, or correct hostPaths.dockerContainers")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].dockerRoot=/docker,hostPaths.dockerContainers=/var/lib/docker", "config.sources[0].dockerRoot: /docker is outside")]
    [InlineData("hostPaths.varLog=/", "hostPaths.varLog: / is the root")]
    [InlineData("hostPaths.dockerContainers=//", "hostPaths.dockerContainers: // is the root")]
    [InlineData("config.dataDir=/", "config.dataDir: / is the root")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=0", "updateStrategy.rollingUpdate.maxUnavailable: with 0 no pod may be replaced")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=0%", "updateStrategy.rollingUpdate.maxUnavailable: with 0% no pod may be replaced")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=0%,updateStrategy.rollingUpdate.maxSurge=0%", "updateStrategy.rollingUpdate.maxUnavailable: with 0%")]
    public void A_combination_that_cannot_work_is_refused(string set, string told) =>
        Assert.Contains(told, Helm.Newest.Refusal([.. Store, "--set", set]), StringComparison.Ordinal);

    [Theory]
    [InlineData("updateStrategy.rollingUpdate.maxSurge=0")]
    [InlineData("nonRoot=true,securityContext.runAsUser=10001")]
    [InlineData("nonRoot=true,podSecurityContext.runAsNonRoot=true")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=file,config.sources[0].path=/var/log/**/x.log")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=file,config.sources[0].path=/srv/*/x.log,extraVolumeMounts[0].name=s,extraVolumeMounts[0].mountPath=/srv/a/")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=file,config.sources[0].path=/srv/x.log,existingConfigMap=mine,store=null")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].dockerRoot=/docker/containers,hostPaths.dockerContainers=/docker")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].dockerRoot=/docker,extraVolumeMounts[0].name=s,extraVolumeMounts[0].mountPath=/docker")]
    [InlineData("config.sources[0].name=a,config.sources[0].type=containers,config.sources[0].dockerRoot=/docker,existingConfigMap=mine,store=null")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=1")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=100%")]
    [InlineData("updateStrategy.rollingUpdate.maxUnavailable=null")]
    [InlineData("updateStrategy.rollingUpdate=null")]
    [InlineData("updateStrategy.type=OnDelete,updateStrategy.rollingUpdate.maxUnavailable=0")]
    public void What_can_work_is_rendered(string set) => Helm.Newest.Render([.. Store, "--set", set]);

    /// <summary>Of a store, nothing is said for the types that it is not; of a text, one pattern.</summary>
    [Theory]
    [InlineData("cloud=aws,store.buckt=my-logs", "bucket", 7)]
    [InlineData("store.type=s3,store.buckt=my-logs", "bucket", 7)]
    [InlineData("cloud=aws,store.bucket=my-logs,output.batch.maxAge=5min", "maxAge", 4)]
    [InlineData("store.type=s4,store.bucket=my-logs", "azureBlob", 4)]
    public void A_typing_error_is_told_once(string set, string named, int lines)
    {
        foreach (string helm in Helm.Versions)
        {
            string[] refusal = new Helm(helm).Refusal("--set", ChartFiles.Image, "--set", set).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.InRange(refusal.Length, 1, lines);
            Assert.Contains(refusal, line => line.Contains(named, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("gcp", Aws, "eks.amazonaws.com/role-arn names an identity of cloud aws, and cloud is gcp")]
    [InlineData("aws", Azure, "azure.workload.identity/client-id names an identity of cloud azure")]
    [InlineData("aws", Google, "iam.gke.io/gcp-service-account names an identity of cloud gcp")]
    public void An_identity_of_another_cloud_is_refused(string cloud, string annotation, string told) =>
        Assert.Contains(told, Helm.Newest.Refusal([.. Bucket, "--set", $"cloud={cloud}", "--set", annotation]), StringComparison.Ordinal);

    /// <summary>One file of values may serve several clouds.</summary>
    [Fact]
    public void Beside_the_clouds_own_identity_another_does_no_harm() =>
        Helm.Newest.Render([.. Bucket, "--set", "cloud=aws", "--set", Aws, "--set", Google]);

    /// <summary>An image that nobody has would pass, and end in ImagePullBackOff.</summary>
    [Theory]
    [MemberData(nameof(Examples))]
    public void The_examples_make_up_no_image(string values) =>
        Assert.Contains("image.repository is not set", Helm.Newest.Refusal("--values", Repository.In(values)), StringComparison.Ordinal);

    [Theory]
    [InlineData("dataDir.type=emptyDir", "WARNING: dataDir.type is emptyDir")]
    [InlineData("cloud=gcp", "iam.gke.io/gcp-service-account")]
    [InlineData("cloud=aws", "create-pod-identity-association")]
    public void The_notes_tell_what_is_left_to_do_and_what_it_costs(string set, string told)
    {
        string[] type = set.StartsWith("cloud", StringComparison.Ordinal) ? [] : ["--set", "store.type=s3"];
        CommandRun run = Helm.Newest.Run(["install", "collector", ChartFiles.Chart, "--namespace", "logging", "--dry-run=client", .. Bucket, .. type, "--set", set]);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains(told, run.Output[run.Output.IndexOf("NOTES:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
