using Collector.Pipeline.Buffer.Compressors;

namespace Collector.Pipeline.Buffer;

/// <summary>A part of a body that can be decoded alone (Compressors/DESIGN.md, Members).</summary>
/// <param name="Offset">Where it begins in the body, in bytes.</param>
/// <param name="FirstTime">The time of its first record with a time, as the runtime wrote it; empty when none has.</param>
internal readonly record struct BodyMember(long Offset, string FirstTime);

/// <summary>Makes a body of a chunk's frames, in members where its format has them.</summary>
internal static class MemberedBody
{
    /// <summary>The greatest number of members of a body with that many bytes of text.</summary>
    public static int MostMembers(long text) => (int)Math.Min(ushort.MaxValue, (text / BodyStream.MemberText) + 1);

    /// <summary>Goes over all frames of a chunk and compresses their records.</summary>
    /// <param name="frames">In front of the first.</param>
    /// <param name="chunk">The records for the body.</param>
    /// <param name="compression">Compresses the records; it is not completed here, and is discarded when this returns null.</param>
    /// <param name="body">The destination of <paramref name="compression"/>, from the body's beginning on.</param>
    /// <returns>Its members, at least one; null when a frame fails its check.</returns>
    public static IReadOnlyList<BodyMember>? Write(ChunkReader frames, OpenChunk chunk, BodyStream compression, Stream body)
    {
        List<BodyMember> members = [];
        var (begins, offset) = (true, 0L);
        while (frames.End < chunk.Length && frames.MoveNext(compression, chunk.Bytes))
        {
            if (begins)
            {
                members.Add(new BodyMember(offset, frames.FrameTime));
            }
            else if (members[^1].FirstTime.Length == 0)
            {
                members[^1] = members[^1] with { FirstTime = frames.FrameTime };
            }

            begins = compression.EndRecords();
            offset = body.Position;
        }

        return frames.Records == chunk.Records && frames.Bytes == chunk.Bytes ? members : null;
    }
}
