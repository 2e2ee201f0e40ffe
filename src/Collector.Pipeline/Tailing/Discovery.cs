using Collector.Pipeline.Tailing.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>A chain that a scan found: everything but its outputs and generations.</summary>
internal sealed record FoundChain(string Key, SourceRoot Root, string Directory, SiblingNames Names, ContainerRef? Container);

/// <summary>Finds the chains of one source by listing its pattern (DESIGN.md, The cycle, 2). Owned by the tail worker.</summary>
internal abstract class Discovery(SourceSettings settings) : IDisposable
{
    /// <summary>A directory's mtime younger than that may still change within one tick of the file system's clock.</summary>
    private static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(2);

    /// <summary>Listed anyway that often: mtimes are a hint.</summary>
    private static readonly TimeSpan FullScan = TimeSpan.FromSeconds(30);

    private readonly PathGlob[] _excluded = [.. settings.ExcludePaths.Select(p => new PathGlob(p))];
    private long _listedAt;
    private DateTime _fullScanAt;

    public SourceSettings Settings { get; } = settings;

    protected PathGlob Glob { get; } = new(settings.Path);

    protected SourceRoot Root { get; } = new(new PathGlob(settings.Path).Root);

    public static Discovery For(SourceSettings settings, TailSettings tail, ILogger logger) => settings switch
    {
        ContainerSourceSettings containers => new ContainerDiscovery(containers, tail, logger),
        _ => new FileDiscovery(settings),
    };

    /// <summary>Lists; <paramref name="found"/> is called for every chain that is there, known or not.</summary>
    public void Scan(Action<FoundChain, string> found)
    {
        if (HasChanged())
        {
            var names = Glob.Expand(
                directory => Root.List(directory),
                path => Root.TryGetStatus(path, out var status) && status.Kind == FileKind.Directory);
            Take([.. names.Where(name => !_excluded.Any(e => e.IsMatch($"{Root.Path.TrimEnd('/')}/{name}")))], found);
        }
    }

    /// <summary>The chain that had that key in an earlier life, if its directory is still there and it still belongs to this source.</summary>
    public abstract FoundChain? Remember(string key);

    public virtual void Dispose() => Root.Dispose();

    /// <summary>Takes the matching names.</summary>
    protected abstract void Take(List<string> names, Action<FoundChain, string> found);

    private bool HasChanged()
    {
        var now = DateTime.UtcNow;
        if (Glob.IsDeep || !Root.TryGetStatus(".", out var status))
        {
            return true;
        }

        var isOld = (now - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick - status.ModificationTime > TrustedAge.Ticks * TimeSpan.NanosecondsPerTick;
        if (isOld && _listedAt == status.ModificationTime && now - _fullScanAt < FullScan && now >= _fullScanAt)
        {
            return false;
        }

        _listedAt = isOld ? status.ModificationTime : 0;
        _fullScanAt = now;
        return true;
    }
}

/// <summary>Containers: links by name, kubelet's directories as truth, plain files of the same name pattern.</summary>
internal sealed partial class ContainerDiscovery(ContainerSourceSettings settings, TailSettings tail, ILogger logger) : Discovery(settings)
{
    public const string KubeletKey = "pod:";
    public const string DockerKey = "docker:";
    public const string PlainKey = "plain:";

    private readonly SourceRoot _pods = new(settings.PodLogs);
    private readonly SourceRoot _docker = new(tail.DockerContainers);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    public override FoundChain? Remember(string key)
    {
        var directory = key.StartsWith(KubeletKey, StringComparison.Ordinal) ? key[KubeletKey.Length..] : "";
        return ContainerPaths.TryParseDirectory(directory, out var container) && _pods.TryGetStatus(directory, out var status) && status.Kind == FileKind.Directory
            ? new FoundChain(key, _pods, directory, SiblingNames.Container, container)
            : null;
    }

    public override void Dispose()
    {
        _pods.Dispose();
        _docker.Dispose();
        base.Dispose();
    }

    protected override void Take(List<string> names, Action<FoundChain, string> found)
    {
        foreach (var name in names)
        {
            if (!Root.TryGetStatus(name, out var status))
            {
                continue;
            }

            var chain = status.Kind switch
            {
                FileKind.Link => FollowLink(name),
                FileKind.Regular => Plain(name),
                _ => null,
            };
            if (chain is not null)
            {
                found(chain, name);
            }
        }
    }

    private FoundChain? FollowLink(string name)
    {
        if (Root.ReadLink(name) is not { } text)
        {
            return null;
        }

        var fileName = Path.GetFileName(name);
        if (!ContainerPaths.TryParseTarget(text, out var directory, out var container) || !ContainerPaths.Agree(fileName, container, out var id))
        {
            Refuse(name, "it does not lead to the log of the container that it names");
            return null;
        }

        container = container with { ContainerId = id };
        var log = $"{directory}/{container.Restart}.log";
        return _pods.TryGetStatus(log, out var status) && status.Kind == FileKind.Link
            ? FollowToDocker(log, container)
            : new FoundChain(KubeletKey + directory, _pods, directory, SiblingNames.Container, container);
    }

    /// <summary>Kubelet with Docker: <c>n.log</c> is a link to the runtime's own file.</summary>
    private FoundChain? FollowToDocker(string log, ContainerRef container)
    {
        var text = _pods.ReadLink(log) ?? "";
        var id = Path.GetFileName(Path.GetDirectoryName(text)) ?? "";
        if (text != $"{tail.DockerContainers.TrimEnd('/')}/{id}/{id}-json.log" || id.Length == 0 || !id.All(char.IsAsciiLetterOrDigit))
        {
            Refuse(log, $"it is a link that does not lead to {tail.DockerContainers}/<id>/<id>-json.log");
            return null;
        }

        return new FoundChain(DockerKey + id, _docker, id, SiblingNames.Of($"{id}-json.log"), container with { ContainerId = id });
    }

    private FoundChain? Plain(string name)
    {
        var fileName = Path.GetFileName(name);
        var directory = Path.GetDirectoryName(name) ?? "";
        if (!ContainerPaths.TryParseLinkName(fileName, out var container))
        {
            Refuse(name, "its name is not <pod>_<namespace>_<container>-<id>.log");
            return null;
        }

        return new FoundChain($"{PlainKey}{Root.Path}/{name}", Root, directory, SiblingNames.Of(fileName), container);
    }

    private void Refuse(string name, string why)
    {
        if (_refused.Count < 10_000 && _refused.Add(name))
        {
            LogRefused(LogText.Of($"{Root.Path}/{name}"), why);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not read: {Why}")]
    private partial void LogRefused(string path, string why);
}

/// <summary>Any other log files: base names with their rotated siblings.</summary>
internal sealed class FileDiscovery(SourceSettings settings) : Discovery(settings)
{
    public const string FileKey = "file:";
    private readonly HashSet<string> _bases = new(StringComparer.Ordinal);

    public override FoundChain? Remember(string key)
    {
        var path = key.StartsWith(FileKey, StringComparison.Ordinal) ? key[FileKey.Length..] : "";
        return Glob.IsMatch(path) && path.StartsWith(Root.Path.TrimEnd('/') + "/", StringComparison.Ordinal) ? Make(path[(Root.Path.TrimEnd('/').Length + 1)..]) : null;
    }

    protected override void Take(List<string> names, Action<FoundChain, string> found)
    {
        var present = names.ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.EndsWith(".tmp", StringComparison.Ordinal) || (!_bases.Contains(name) && !IsRegular(name)))
            {
                continue;
            }

            var baseName = SiblingNames.BasesOf(name).FirstOrDefault(b => present.Contains(b) || _bases.Contains(b)) ??
                (name.EndsWith(".gz", StringComparison.Ordinal) ? SiblingNames.BasesOf(name).FirstOrDefault() : name);
            if (baseName is not null)
            {
                _bases.Add(baseName);
                found(Make(baseName), baseName);
            }
        }
    }

    private bool IsRegular(string name) => Root.TryGetStatus(name, out var status) && status.Kind == FileKind.Regular;

    private FoundChain Make(string name) =>
        new($"{FileKey}{Root.Path.TrimEnd('/')}/{name}", Root, Path.GetDirectoryName(name) ?? "", SiblingNames.Of(Path.GetFileName(name)), Container: null);
}
