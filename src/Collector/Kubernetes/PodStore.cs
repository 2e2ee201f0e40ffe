using System.Text.Json;
using Collector.Pipeline.Storage;

namespace Collector.Kubernetes;

/// <summary>
/// The pods on disk, one file each (<c>&lt;UID&gt;.json</c>), replaced atomically, so that a change, or damage, concerns one pod.
/// The files only avoid waiting, so read and write failures are logged and ignored. Not thread safe.
/// </summary>
internal sealed partial class PodStore(IStorageDirectory directory, ILogger logger)
{
    private const string Ending = ".json";
    private const string NewEnding = ".new";

    /// <summary>Far more than the kept annotations and everything else that the API limits.</summary>
    private const int LongestFile = 1 << 20;

    private bool _isFailing;

    public IReadOnlyList<Pod> Load()
    {
        var pods = new List<Pod>();
        try
        {
            foreach (var name in directory.ListFiles())
            {
                if (!name.EndsWith(Ending, StringComparison.Ordinal))
                {
                    directory.Delete(name);
                }
                else if (TryRead(name) is { } pod)
                {
                    pods.Add(pod);
                }
            }
        }
        catch (StorageException e)
        {
            LogNotLoaded(directory.Location, e.Message);
        }

        return pods;
    }

    /// <summary>
    /// The saved pods of a directory, which may not exist. Nothing is written, and unreadable files are left out.
    /// </summary>
    public static IReadOnlyList<Pod> Peek(string path)
    {
        var pods = new List<Pod>();
        try
        {
            foreach (var file in Directory.Exists(path) ? Directory.EnumerateFiles(path, "*" + Ending) : [])
            {
                if (new FileInfo(file).Length <= LongestFile && TryPeek(file) is { } pod)
                {
                    pods.Add(pod);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return pods;
        }

        return pods;
    }

    private static Pod? TryPeek(string file)
    {
        try
        {
            return PodFile.Read(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            // Damaged, or deleted by the agent meanwhile.
            return null;
        }
    }

    /// <summary>Writes the changes; null removes a pod. Returns whether all of it succeeded.</summary>
    public bool TrySave(IReadOnlyList<(string Uid, Pod? Pod)> changes)
    {
        try
        {
            foreach (var (uid, pod) in changes.Where(c => IsFileName(c.Uid)))
            {
                if (pod is null)
                {
                    directory.Delete(uid + Ending);
                }
                else
                {
                    Write(uid, pod);
                }
            }

            if (changes.Count > 0)
            {
                directory.Sync();
            }

            _isFailing = false;
            return true;
        }
        catch (StorageException e)
        {
            if (!_isFailing)
            {
                LogNotSaved(directory.Location, e.Message);
            }

            _isFailing = true;
            return false;
        }
    }

    /// <summary>The server makes UIDs of hexadecimal digits and dashes; nothing else may become a path.</summary>
    private static bool IsFileName(string uid) => uid.Length is > 0 and <= 100 && uid.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private void Write(string uid, Pod pod)
    {
        directory.Delete(uid + NewEnding);
        using (var file = directory.Create(uid + NewEnding))
        {
            file.Write(PodFile.Write(pod).Span, 0);
            file.Sync();
        }

        directory.Rename(uid + NewEnding, uid + Ending);
    }

    private Pod? TryRead(string name)
    {
        try
        {
            using var file = directory.Open(name);
            if (file.Length > LongestFile)
            {
                throw new JsonException("it is too long");
            }

            var bytes = new byte[file.Length];
            var pod = PodFile.Read(bytes.AsMemory(0, file.Read(bytes, 0)));

            // Earlier versions named files by the directory that the pod claimed, without checking the claim.
            return name == pod.Uid + Ending ? pod : throw new JsonException($"its name is not the UID of its pod ({pod.Uid})");
        }
        catch (JsonException e)
        {
            LogDamaged($"{directory.Location}/{name}", e.Message);
            directory.Delete(name);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is ignored: {Why}; the metadata of the pod is read from the API again, if the pod still exists")]
    private partial void LogDamaged(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "saved pod metadata cannot be read from {Path}: {Why}; the metadata of pods that still exist is read from the API again")]
    private partial void LogNotLoaded(string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "pod metadata cannot be saved in {Path}: {Why}; after a restart, logs of pods that are deleted by then may lack their metadata")]
    private partial void LogNotSaved(string path, string why);
}
