using Collector.Pipeline.Sources;

namespace Collector.Commands.Explaining;

/// <summary>A path as a person gives it: a file, a link to one, or a directory of them.</summary>
internal sealed class WantedPath
{
    private readonly string[] _paths;

    public WantedPath(string given)
    {
        Given = given;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(given));
        _paths = TargetOf(full) is { } target && target != full ? [full, target] : [full];
    }

    public string Given { get; }

    public bool Is(SurveyedFile file) => Array.Exists(_paths, path => path == file.Path || path == file.FoundBy || file.Path.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static string? TargetOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
