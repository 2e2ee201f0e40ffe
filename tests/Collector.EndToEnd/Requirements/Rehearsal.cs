using System.Text.Json.Nodes;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>
/// The configuration of an example, led to the directories of a stage and to a local store. All else stays as it is written.
/// </summary>
internal sealed class Rehearsal
{
    private readonly Stage _stage;

    /// <param name="stage">Whose logs are read.</param>
    /// <param name="yaml">The text of a collector.yaml.</param>
    public Rehearsal(Stage stage, string yaml)
    {
        _stage = stage;
        string file = stage.Sub($"example-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(file, yaml);
        AssertValid(file);
        CommandRun json = ChartFiles.Node("to-json.mjs", file);
        Assert.True(json.ExitCode == 0, json.Errors);
        Config = JsonNode.Parse(json.Output)![0]!.AsObject();
        Config["node"] = stage.Node;
        Config["dataDir"] = stage.DataDir;
        Config["kubernetes"] = new JsonObject { ["enabled"] = false };
        Config["buffer"] = new JsonObject { ["minFreeDisk"] = "1MiB" };
        Config["telemetry"] = new JsonObject { ["listen"] = "127.0.0.1:0", ["log"] = new JsonObject { ["level"] = "debug" } };
        foreach (JsonNode? source in Config["sources"]!.AsArray())
            Lead(source!.AsObject());
    }

    public JsonObject Config { get; }

    public JsonObject Output(int index = 0) => Config["outputs"]![index]!.AsObject();

    /// <summary>Where a host's file is on the stage; its directory is made.</summary>
    public static string Host(Stage stage, string path)
    {
        string file = stage.Sub("host" + path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }

    /// <summary>Changes the store of each output.</summary>
    public Rehearsal WithStore(Action<JsonObject> change)
    {
        foreach (JsonNode? output in Config["outputs"]!.AsArray())
            change(output!["store"]!.AsObject());
        return this;
    }

    /// <summary>The bucket behind a strict local endpoint; bucket, region and identity stay.</summary>
    public Rehearsal At(Bucket bucket) => WithStore(store =>
    {
        Assert.Equal(bucket.Name, (string?)store["bucket"]);
        store["endpoint"] = bucket.Endpoint.Endpoint.OriginalString;
        store["forcePathStyle"] = true;
    });

    /// <summary>With the keys that the local endpoint knows, where identity is not the question.</summary>
    public Rehearsal WithKeys() => WithStore(static store =>
        store["authentication"] = new JsonObject { ["type"] = "accessKey", ["accessKeyId"] = S3Rver.AccessKey, ["secretAccessKey"] = S3Rver.AccessKey });

    /// <summary><c>collector run --once</c>, with these variables; it must deliver everything.</summary>
    public CommandRun RunOnce(params string[] environment)
    {
        File.WriteAllText(_stage.ConfigPath, Config.ToJsonString());
        CommandRun run = CommandRun.Of("env", [.. environment, CollectorBinary.Path, "run", "--config", _stage.ConfigPath, "--once"]);
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
        return run;
    }

    /// <summary>Starts <c>collector run</c> and waits until it is ready.</summary>
    public Agent Start()
    {
        _stage.Written = Config.ToJsonString();
        return _stage.Start();
    }

    /// <summary>What <c>validate</c> warns of; there must be no mistake.</summary>
    public string Warnings()
    {
        File.WriteAllText(_stage.ConfigPath, Config.ToJsonString());
        return AssertValid(_stage.ConfigPath);
    }

    private static string AssertValid(string file)
    {
        CommandRun run = CommandRun.Collector("validate", "--config", file);
        Assert.True(run is { ExitCode: 0, Output: "OK\n" }, run.Output + run.Errors);
        return run.Errors;
    }

    private void Lead(JsonObject source)
    {
        if ((string?)source["type"] == "file")
        {
            source["path"] = Host(_stage, (string)source["path"]!);
            return;
        }

        source["path"] = $"{_stage.Tree.Containers}/*.log";
        source["podLogs"] = _stage.Tree.Pods;
    }
}
