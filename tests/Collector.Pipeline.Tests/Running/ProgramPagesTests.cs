using Collector.Pipeline.Running;
using Xunit;

namespace Collector.Pipeline.Tests.Running;

/// <summary>Which mappings of a process may be given back. That they are is shown with the binary (NativeBinaryTests).</summary>
public sealed class ProgramPagesTests
{
    /// <summary>As Linux 6.1 wrote it for the binary and a library; lines that do not matter here are left out.</summary>
    private const string Smaps = """
        00400000-00405000 r--p 00000000 fe:00 11764059                           /usr/local/bin/collector
        Size:                 20 kB
        Anonymous:             0 kB
        VmFlags: rd mr mw me sd
        00405000-01991000 r-xp 00005000 fe:00 11764059                           /usr/local/bin/collector
        Rss:               12528 kB
        Anonymous:             0 kB
        LazyFree:              0 kB
        VmFlags: rd ex mr mw me sd
        02808000-0280d000 r--p 02408000 fe:00 11764059                           /usr/local/bin/collector
        Anonymous:            20 kB
        VmFlags: rd mr mw me sd
        0280d000-03578000 rw-p 0240c000 fe:00 11764059                           /usr/local/bin/collector
        Anonymous:             0 kB
        VmFlags: rd wr mr mw me sd
        29f8d000-2a034000 rw-p 00000000 00:00 0                                  [heap]
        Anonymous:             0 kB
        7f6f8b689000-7f6f8b791000 r--p 00000000 00:00 0
        Anonymous:             0 kB
        7f6f894c5000-7f6f89742000 r-xp 000c5000 fe:00 332131                     /usr/lib/x86_64-linux-gnu/libcrypto.so.3
        Anonymous:             0 kB
        7f6f8a000000-7f6f8a001000 r--p 00000000 fe:00 11764060                   /usr/local/bin/collector with blanks
        Anonymous:             0 kB
        """;

    [Fact]
    public void Only_unchanged_pages_of_the_program_that_cannot_be_written_are_given_back()
    {
        Assert.Equal([new MemoryRange(0x400000, 0x405000), new MemoryRange(0x405000, 0x1991000)], ProgramPages.Parse(Smaps.Split('\n'), "/usr/local/bin/collector"));
        Assert.Equal([new MemoryRange(unchecked((nuint)0x7f6f8a000000), unchecked((nuint)0x7f6f8a001000))], ProgramPages.Parse(Smaps.Split('\n'), "/usr/local/bin/collector with blanks"));
        Assert.Empty(ProgramPages.Parse(Smaps.Split('\n'), "/usr/local/bin/other"));
        Assert.Empty(ProgramPages.Parse([], "/usr/local/bin/collector"));
    }
}
