using System.Runtime.InteropServices;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>Against the kernel's headers: asm-generic/fcntl.h, arch/arm64/include/uapi/asm/fcntl.h, asm/unistd_64.h, asm-generic/unistd.h.</summary>
public sealed class KernelNumbersTests
{
    [Theory]
    [InlineData(Architecture.X64, "200000", "400000", 217)]
    [InlineData(Architecture.Arm64, "40000", "100000", 61)]
    public void Flags_and_calls_are_those_of_the_architecture(Architecture architecture, string directory, string noFollow, int list) => Assert.Equal(
        new KernelNumbers(Convert.ToInt32(directory, 8), Convert.ToInt32(noFollow, 8), list), KernelNumbers.Of(architecture));

    [Theory]
    [InlineData(KernelNumbers.Path, "10000000")]
    [InlineData(KernelNumbers.CloseOnExec, "2000000")]
    [InlineData(KernelNumbers.NonBlocking, "4000")]
    [InlineData(KernelNumbers.NoTerminal, "400")]
    public void Flags_that_are_the_same_everywhere(int flag, string octal) => Assert.Equal(Convert.ToInt32(octal, 8), flag);

    [Fact]
    public void Another_architecture_is_refused_in_words() =>
        Assert.Contains("x64 and arm64", Assert.Throws<PlatformNotSupportedException>(() => KernelNumbers.Of(Architecture.S390x)).Message, StringComparison.Ordinal);
}
