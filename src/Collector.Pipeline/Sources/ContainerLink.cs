using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>The container that a link to <c>n.log</c> names for that file.</summary>
/// <param name="ContainerId">From the link's name.</param>
/// <param name="MadeAt">When the link was made, in Unix nanoseconds; 0: not known.</param>
/// <param name="File">The file that it led to when it was first seen; nothing: there was none.</param>
internal readonly record struct ContainerLink(string ContainerId, long MadeAt, FileStatus? File)
{
    public bool LeadsTo(GenerationIdentity generation) =>
        File is { } file && file.Inode == generation.Inode && file.Device == generation.Device && file.BirthTime == generation.BirthTime;
}
