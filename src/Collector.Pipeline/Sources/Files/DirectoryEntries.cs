using System.Buffers.Binary;
using System.Buffers;
using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// The names in an open directory. The runtime lists by path only, which follows links, and loses the bytes of names that are not
/// UTF-8.
/// </summary>
internal static class DirectoryEntries
{
    /// <summary>Some hundred entries a call.</summary>
    private const int Piece = 32 * 1024;

    // struct linux_dirent64: u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, char d_name[], which ends in a NUL.
    private const int LengthAt = 16;
    private const int NameAt = 19;

    /// <summary>Adds the names; returns 0, or the errno.</summary>
    public static int Read(SafeFileHandle directory, List<string> names)
    {
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (true)
            {
                var length = LinuxCalls.ListDirectory(directory, piece);
                if (length == 0)
                {
                    return 0;
                }

                if (length > 0)
                {
                    Add(piece.AsSpan(0, length), names);
                }
                else if (Marshal.GetLastPInvokeError() is var error and not Errno.Interrupted)
                {
                    return error;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static void Add(ReadOnlySpan<byte> entries, List<string> names)
    {
        while (!entries.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(entries[LengthAt..]);
            var name = entries[NameAt..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add(NameBytes.Decode(name));
            }

            entries = entries[length..];
        }
    }
}
