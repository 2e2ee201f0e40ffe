using System.Text;
using Collector.Testing.Node;

namespace Collector.EndToEnd.Harness;

/// <summary>A container's log, written by hand.</summary>
internal sealed class PodLog
{
    public const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public const string Uid = "11111111-2222-4333-8444-555555555555";

    private const string Time = "2026-11-21T00:00:00.000000001Z";

    /// <summary>Makes the directories, the link and an empty <c>0.log</c>.</summary>
    public PodLog(NodeTree tree, string pod = "cart", string space = "shop", string container = "app", string uid = Uid, string id = Id)
    {
        var identity = new ContainerIdentity(space, pod, uid, container);
        string directory = tree.LogDirectory(identity);
        Directory.CreateDirectory(directory);
        FilePath = Path.Combine(directory, "0.log");
        File.WriteAllText(FilePath, "");
        LinkPath = Path.Combine(tree.Containers, identity.LinkName(id));
        File.CreateSymbolicLink(LinkPath, FilePath);
    }

    public string FilePath { get; }

    public string LinkPath { get; }

    /// <summary>Full lines on standard output.</summary>
    public PodLog Write(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts) WriteRaw($"{Time} stdout F {text}\n");
        return this;
    }

    /// <summary>Full lines whose characters are the bytes of the file, so that they need not be UTF-8.</summary>
    public PodLog WriteBytes(params ReadOnlySpan<string> texts)
    {
        using FileStream file = new(FilePath, FileMode.Append);
        foreach (string text in texts) file.Write(Encoding.Latin1.GetBytes($"{Time} stdout F {text}\n"));
        return this;
    }

    /// <summary>So many lines that begin with their number.</summary>
    public PodLog WriteMany(int count, int length = 40)
    {
        WriteRaw(string.Concat(Enumerable.Range(0, count).Select(i => $"{Time} stdout F {$"{i} ".PadRight(length, 'x')}\n")));
        return this;
    }

    public PodLog WriteRaw(string bytes)
    {
        File.AppendAllText(FilePath, bytes);
        return this;
    }
}
