using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Collector.Pipeline.Storage;

/// <summary>Passes a path to a system call as the bytes of its names (<see cref="NameBytes"/>), with a NUL after them.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class PathMarshaller
{
    internal ref struct ManagedToUnmanagedIn
    {
        private byte* _path;
        private bool _isAllocated;

        /// <summary>Room on the caller's stack, enough for nearly every path.</summary>
        public static int BufferSize => 512;

        public void FromManaged(string managed, Span<byte> buffer)
        {
            // The kernel would use only the part before the NUL.
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(managed.IndexOf('\0'), 0, nameof(managed));
            var room = NameBytes.GetMaxByteCount(managed.Length) + 1;
            if (room > buffer.Length)
            {
                _path = (byte*)NativeMemory.Alloc((nuint)room);
                _isAllocated = true;
                buffer = new Span<byte>(_path, room);
            }
            else
            {
                _path = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
            }

            buffer[NameBytes.Encode(managed, buffer)] = 0;
        }

        public readonly byte* ToUnmanaged() => _path;

        public readonly void Free()
        {
            if (_isAllocated)
            {
                NativeMemory.Free(_path);
            }
        }
    }
}
