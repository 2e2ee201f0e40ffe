using System.IO.Compression;
using System.Text;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;

namespace Collector.EndToEnd.Reading;

/// <summary>A directory store that two agents have written, the first of them in five lives; and copies of it, of which a test does what it likes with one.</summary>
public sealed class ProvenBucket : IDisposable
{
    private const int Lives = 5;

    private readonly Stage stage = new();
    private int copies;

    public ProvenBucket()
    {
        stage.Outputs = [new OutputYaml(Catalog: "interval: 10m")];
        using var node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 3, Containers = 4, MaxFileBytes = 60_000, CutRecords = false });
        for (int life = 0; life < Lives; life++)
            Live(node);
        (stage.Node, stage.DataDir) = ("node2", stage.Sub("data2"));
        Live(node);
    }

    public string Directory => stage.Objects;

    /// <summary>Of the first node, in the order in which they were made.</summary>
    public IReadOnlyList<string> Catalogs => [.. StoredRecords.CatalogKeys(stage.Objects).Where(key => key.Contains($"-{Stage.NodeName}-", StringComparison.Ordinal))];

    /// <summary>Of the first node, in the order of their keys.</summary>
    public IReadOnlyList<string> Objects => [.. StoredRecords.Keys(stage.Objects).Where(key => key.Contains($"-{Stage.NodeName}-", StringComparison.Ordinal))];

    public string Copy()
    {
        string copy = stage.Sub($"copy-{copies++}");
        foreach (string file in System.IO.Directory.EnumerateFiles(Directory, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(copy, Path.GetRelativePath(Directory, file));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }

    public static void Exchange(string one, string other)
    {
        byte[] body = File.ReadAllBytes(one);
        File.WriteAllBytes(one, File.ReadAllBytes(other));
        File.WriteAllBytes(other, body);
    }

    public static void FlipBit(string file)
    {
        byte[] body = File.ReadAllBytes(file);
        body[body.Length / 2] ^= 4;
        File.WriteAllBytes(file, body);
    }

    /// <summary>Another text in a body that is good gzip again.</summary>
    public static void Rewrite(string file, Func<string, string> change)
    {
        string text;
        using (var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress)))
            text = reader.ReadToEnd();
        using var writer = new GZipStream(File.Create(file), CompressionLevel.Optimal);
        writer.Write(Encoding.UTF8.GetBytes(change(text)));
    }

    public void Dispose() => stage.Dispose();

    private void Live(NodeSimulator node)
    {
        node.Write(60_000);
        node.Finish();
        if (stage.RunOnce() != 0)
            throw new InvalidOperationException("The agent did not deliver all.");
    }
}
