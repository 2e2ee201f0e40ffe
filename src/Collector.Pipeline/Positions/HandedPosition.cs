namespace Collector.Pipeline.Positions;

/// <summary>Where another agent stopped reading a file.</summary>
/// <param name="Path">The path by which the other agent read it: a link in the containers directory, the file itself, or a rotated
/// name.</param>
/// <param name="Inode">The file's, not the link's.</param>
/// <param name="Offset">Bytes that it had read.</param>
/// <param name="KnownAt">Unix seconds at which that agent knew the file: one that was made later is another; 0: not known.</param>
public sealed record HandedPosition(string Path, ulong Inode, long Offset, long KnownAt);
