using System.Globalization;
using System.Text;
using Collector.Testing.Time;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// A container's log as the runtime writes it and kubelet keeps it. The runtime's descriptor follows a renamed file until it
/// reopens. Every line has a time of its own.
/// </summary>
internal sealed class KubeletLog : IDisposable
{
    private readonly NodeDirectories _node;
    private readonly ManualClock _clock;
    private readonly string _space;
    private readonly string _pod;
    private readonly string _container;
    private readonly List<string> _links = [];
    private readonly Stack<FileStream> _old = new();
    private FileStream _file = null!;
    private long _line;
    private int _rotation;

    public KubeletLog(NodeDirectories node, ManualClock clock, string space, string pod, string container, bool isLinked)
    {
        (_node, _clock, _space, _pod, _container) = (node, clock, space, pod, container);
        Uid = $"uid-{pod}";
        Prefix = $"{space}.{pod}.{container}/";
        System.IO.Directory.CreateDirectory(Directory);
        OpenRun(isLinked);
    }

    public string Uid { get; }

    /// <summary>The prefix of its objects.</summary>
    public string Prefix { get; }

    public int RestartNumber { get; private set; }

    public string Directory => Path.Join(_node.Pods, $"{_space}_{_pod}_{Uid}", _container);

    /// <summary>The present <c>n.log</c>.</summary>
    public NodeFile Live => new(Path.Join(Directory, $"{RestartNumber}.log"), _clock);

    /// <summary>The container's id in a link's name.</summary>
    public string ContainerId => $"{_pod}{RestartNumber}".PadRight(12, 'f');

    /// <summary>The newest link.</summary>
    public string Link => _links[^1];

    /// <summary>The file that was rotated last.</summary>
    public NodeFile Rotated { get; private set; } = null!;

    /// <summary>Whole lines of stdout.</summary>
    public KubeletLog Write(params IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Full(line);
        }

        return this;
    }

    public KubeletLog Full(string text, string stream = "stdout") => Raw(Line(stream, "F", text));

    public KubeletLog Partial(string text, string stream = "stdout") => Raw(Line(stream, "P", text));

    /// <summary>A line as the runtime writes it, for tests that cut it.</summary>
    public byte[] Line(string stream, string tag, string text) => Encoding.UTF8.GetBytes($"{Time()} {stream} {tag} {text}\n");

    public string Time() => (_clock.GetUtcNow() + TimeSpan.FromTicks(_line++)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    public KubeletLog Raw(string text) => Raw(Encoding.UTF8.GetBytes(text));

    public KubeletLog Raw(byte[] bytes)
    {
        Put(_file, bytes);
        return this;
    }

    /// <summary>What a slow writer still puts into the file before this one.</summary>
    public void Late(string line, string stream = "stdout") => Put(_old.Peek(), Line(stream, "F", line));

    public void Late(byte[] bytes) => Put(_old.Peek(), bytes);

    /// <summary>Kubelet renames the log and the runtime reopens it.</summary>
    public KubeletLog Rotate()
    {
        Rename();
        Reopen();
        return this;
    }

    /// <summary>Kubelet renames the log; the runtime writes on into it.</summary>
    public KubeletLog Rename()
    {
        var stamp = (_clock.GetUtcNow() + TimeSpan.FromSeconds(_rotation++)).ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        Rotated = Live.Rename($"{RestartNumber}.log.{stamp}");
        return this;
    }

    public KubeletLog Reopen()
    {
        _old.Push(_file);
        OpenFile();
        return this;
    }

    /// <summary>Kubelet renames back, because the runtime would not reopen.</summary>
    public KubeletLog UndoRename()
    {
        Rotated.Rename($"{RestartNumber}.log");
        return this;
    }

    /// <summary>The container starts again: <c>n+1.log</c> and another link.</summary>
    public KubeletLog Restart(bool keepsLink = false)
    {
        if (!keepsLink)
        {
            File.Delete(Link);
        }

        _old.Push(_file);
        RestartNumber++;
        OpenRun(isLinked: true);
        return this;
    }

    public void LinkIt()
    {
        var name = $"{_pod}_{_space}_{_container}-{ContainerId}.log";
        _links.Add(Path.Join(_node.Containers, name));
        File.CreateSymbolicLink(Link, Path.Join(Directory, $"{RestartNumber}.log"));
        NodeFile.TouchDirectory(_node.Containers, _clock);
    }

    /// <summary>The pod is deleted, with its links, read or not.</summary>
    public void Delete()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        _links.ForEach(File.Delete);
        NodeFile.TouchDirectory(_node.Containers, _clock);
    }

    public void Dispose()
    {
        _file.Dispose();
        foreach (var old in _old)
        {
            old.Dispose();
        }
    }

    private void OpenRun(bool isLinked)
    {
        OpenFile();
        if (isLinked)
        {
            LinkIt();
        }
    }

    private void OpenFile()
    {
        _file = new FileStream(Live.FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        NodeFile.Touch(Live.FilePath, _clock);
    }

    private void Put(FileStream file, byte[] bytes)
    {
        file.Write(bytes);
        file.Flush();
        File.SetLastWriteTimeUtc(file.SafeFileHandle, NodeFile.Now(_clock));
    }
}
