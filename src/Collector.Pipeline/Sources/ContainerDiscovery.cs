using Collector.Pipeline.Following;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>Containers: links by name, kubelet's directories as truth, plain files of the same name pattern.</summary>
internal sealed class ContainerDiscovery : Discovery
{
    public const string KubeletKey = "pod:";
    public const string DockerKey = "docker:";
    public const string PlainKey = "plain:";

    private static readonly string s_anyId = new('0', 64);
    private static readonly ContainerNamePolicy s_kubelet = new(SiblingNames.Container);
    private readonly FileNamePolicy _plain;
    private readonly ISourceRoot _pods;
    private readonly ISourceRoot _docker;
    private readonly string _dockerPath;
    private readonly string _podsPath;

    /// <summary>The directories, as texts of links name them, that are <c>podLogs</c>: the directory of a link's text was there.</summary>
    private readonly HashSet<string> _podsNames = new(StringComparer.Ordinal);

    public ContainerDiscovery(ContainerSourceSettings settings, Unreadables unreadables, NodeFiles node, TimeProvider clock)
        : base(settings, unreadables, node, clock)
    {
        _pods = node.Open(settings.PodLogs);
        _docker = node.Open(settings.DockerRoot);
        _podsPath = settings.PodLogs.TrimEnd('/');
        _podsNames.Add(_podsPath);
        _dockerPath = settings.DockerRoot.TrimEnd('/');
        _plain = new FileNamePolicy(IsPlain, path => Plain(path)!, ShrinkRule.GoOnAtEnd);
    }

    /// <summary>Whether it is the key of one of Docker's files.</summary>
    public static bool IsDockers(string key) => key.StartsWith(DockerKey, StringComparison.Ordinal);

    /// <summary>A container's key is matched by the name that its link would have. A Docker key has only the id, so it always matches.</summary>
    public override bool Owns(string key) =>
        TryGetDirectory(key, out _, out var container) ? NameOf(PathOf($"{container.Pod}_{container.Namespace}_{container.Container}-{s_anyId}.log")) is not null
        : key.StartsWith(PlainKey, StringComparison.Ordinal) ? NameOf(key[PlainKey.Length..]) is not null
        : key.StartsWith(DockerKey, StringComparison.Ordinal);

    public override string Locate(string key) =>
        TryGetDirectory(key, out var directory, out _) ? _pods.Locate(directory)
        : IsDockers(key) && key[DockerKey.Length..] is var id ? _docker.Locate($"{id}/{DockerFile(id)}")
        : key[PlainKey.Length..];

    public override FoundChain? Remember(string key)
    {
        if (!Owns(key))
        {
            return null;
        }

        if (TryGetDirectory(key, out var directory, out var container))
        {
            return _pods.TryGetStatus(directory, out var status) && status.Kind == FileKind.Directory
                ? Kubelets(directory, container)
                : null;
        }

        return key.StartsWith(PlainKey, StringComparison.Ordinal) && NameOf(key[PlainKey.Length..]) is { } name ? Plain(name)
            : key.StartsWith(DockerKey, StringComparison.Ordinal) ? RememberDocker(key[DockerKey.Length..])
            : null;
    }

    public override void Dispose()
    {
        _pods.Dispose();
        _docker.Dispose();
        base.Dispose();
    }

    protected override void AddNames(List<string> names, Action<FoundChain, string> chain, Action<FoundFolder> folder)
    {
        var elsewhere = new List<(string Name, string Text, string Pods)>();
        foreach (var name in names)
        {
            if (!TryGetStatus(name, out var status))
            {
                continue;
            }

            switch (status.Kind)
            {
                case FileKind.Link:
                    foreach (var one in FollowLink(name, status.ModificationTime, elsewhere))
                    {
                        chain(one, name);
                    }

                    break;
                case FileKind.Regular when Plain(name) is { } plain:
                    chain(plain, name);
                    break;
            }
        }

        if (_pods.TryGetStatus(".", out _))
        {
            elsewhere.RemoveAll(link => _podsNames.Contains(link.Pods));
            elsewhere.ForEach(link => Unreadables.Tell(PathOf(link.Name), $"it is a link to {link.Text}, which is not in podLogs ({_podsPath}); set podLogs of the source to {link.Pods}, or to where that directory is mounted"));
        }
    }

    private static bool TryGetDirectory(string key, out string directory, out ContainerRef container)
    {
        directory = key.StartsWith(KubeletKey, StringComparison.Ordinal) ? key[KubeletKey.Length..] : "";
        return ContainerPaths.TryParseDirectory(directory, out container);
    }

    /// <summary>The logs that a link leads to. A link whose directory is not below <c>podLogs</c> is added to <paramref name="elsewhere"/>, too.</summary>
    private IEnumerable<FoundChain> FollowLink(string name, long madeAt, List<(string Name, string Text, string Pods)> elsewhere)
    {
        if (Root.ReadLink(name) is not { } text)
        {
            return [];
        }

        var fileName = Path.GetFileName(name);
        if (!ContainerPaths.TryParseTarget(text, out var directory, out var container) || !ContainerPaths.Agree(fileName, container, out var id))
        {
            Unreadables.Tell(PathOf(name), $"it is a link to {text}, which is not the log of the container in the link's name; remove the link, or add a source of type file for its target");
            return [];
        }

        var isThere = _pods.TryGetStatus($"{directory}/{container.Restart}.log", out var status);
        var pods = text[..text.LastIndexOf(directory, StringComparison.Ordinal)].TrimEnd('/');
        if (isThere || _pods.TryGetStatus(directory, out _))
        {
            _podsNames.Add(pods);
        }
        else
        {
            elsewhere.Add((name, text, pods));
        }

        return isThere && status.Kind == FileKind.Link
            ? FollowToDocker(directory, container)
            : [Kubelets(directory, container with { ContainerId = id }) with { Link = id.Length == 0 ? null : new ContainerLink(id, madeAt, isThere ? status : null) }];
    }

    private FoundChain Kubelets(string directory, ContainerRef container) =>
        new(KubeletKey + directory, new FoundFolder(_pods, directory, s_kubelet), SiblingNames.Container, container);

    /// <summary>
    /// Kubelet with Docker: each <c>n.log</c> is a link to the runtime's own file. The links of earlier container runs are
    /// followed, too, because only the newest has a link in the containers directory.
    /// </summary>
    private List<FoundChain> FollowToDocker(string directory, ContainerRef container)
    {
        var chains = new List<FoundChain>();
        foreach (var log in _pods.List(directory).Names)
        {
            if (SiblingNames.Container.TryParse(log, out var sibling) && sibling.IsLive && _pods.ReadLink($"{directory}/{log}") is { } text)
            {
                if (IdOf(text) is { } id)
                {
                    chains.Add(Docker(id, container with { ContainerId = id, Restart = sibling.Restart }));
                }
                else
                {
                    Unreadables.Tell(_pods.Locate($"{directory}/{log}"), $"it is a link to {text}, and not to {_dockerPath}/<id>/<id>-json.log; set dockerRoot to Docker's directory of containers");
                }
            }
        }

        return chains;
    }

    /// <summary>The id of Docker's file that a link's text leads to; null when it leads anywhere else.</summary>
    private string? IdOf(string text)
    {
        var id = Path.GetFileName(Path.GetDirectoryName(text)) ?? "";
        return text == $"{_dockerPath}/{id}/{DockerFile(id)}" && id.Length > 0 && id.All(char.IsAsciiLetterOrDigit) ? id : null;
    }

    private static string DockerFile(string id) => $"{id}-json.log";

    private FoundChain Docker(string id, ContainerRef container)
    {
        var names = SiblingNames.Docker(DockerFile(id));
        return new FoundChain(DockerKey + id, new FoundFolder(_docker, id, new ContainerNamePolicy(names)), names, container);
    }

    /// <summary>
    /// The container of one of Docker's files: some container's directory has a link to it. Looked up once, for logs of an earlier
    /// run.
    /// </summary>
    private FoundChain? RememberDocker(string id)
    {
        foreach (var pod in _pods.List("").Names)
        {
            foreach (var name in _pods.List(pod).Names)
            {
                if (ContainerPaths.TryParseDirectory($"{pod}/{name}", out var container) && FollowToDocker($"{pod}/{name}", container).Find(c => c.Key == DockerKey + id) is { } chain)
                {
                    return chain;
                }
            }
        }

        return null;
    }

    private FoundChain? Plain(string name)
    {
        var fileName = Path.GetFileName(name);
        var directory = Path.GetDirectoryName(name) ?? "";
        if (!ContainerPaths.TryParseLinkName(fileName, out var container))
        {
            if (IsOfNobody(fileName))
            {
                Unreadables.Tell(PathOf(name), "its name is not <pod>_<namespace>_<container>-<id>.log, so the container of the log is not known; add the name to excludePaths, or read the file with a source of type file");
            }

            return null;
        }

        return new FoundChain(PlainKey + PathOf(name), new FoundFolder(Root, directory, _plain), SiblingNames.Of(fileName), container);
    }

    /// <summary>Neither a container's name nor a rotated form of one.</summary>
    private static bool IsOfNobody(string name) =>
        !name.EndsWith(".tmp", StringComparison.Ordinal) && !SiblingNames.BasesOf(name).Any(b => ContainerPaths.TryParseLinkName(b, out _));

    /// <summary>Whether a file is read as a plain file: its path matches the pattern, and its name is that of a container's link.</summary>
    private bool IsPlain(string name) => Matches(name) && ContainerPaths.TryParseLinkName(Path.GetFileName(name), out _);
}
